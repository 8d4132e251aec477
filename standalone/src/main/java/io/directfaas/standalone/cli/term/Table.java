package io.directfaas.standalone.cli.term;

import io.directfaas.standalone.cli.term.Terminal.Style;
import java.util.ArrayList;
import java.util.List;

/** Rows under a heading, each column as wide as its widest cell. */
public final class Table {
  private final List<String> heading;
  private final List<List<String>> rows = new ArrayList<>();
  private final boolean[] rightAligned;

  /**
   * @param heading the columns' titles; one that starts with {@code >} is aligned to the right
   */
  public Table(String... heading) {
    this.rightAligned = new boolean[heading.length];
    List<String> titles = new ArrayList<>();
    for (int i = 0; i < heading.length; i++) {
      rightAligned[i] = heading[i].startsWith(">");
      titles.add(rightAligned[i] ? heading[i].substring(1) : heading[i]);
    }
    this.heading = titles;
  }

  /** Adds a row; missing cells are empty. */
  public Table row(Object... cells) {
    List<String> row = new ArrayList<>();
    for (int i = 0; i < heading.size(); i++) {
      row.add(i < cells.length ? String.valueOf(cells[i]) : "");
    }
    rows.add(row);
    return this;
  }

  public boolean isEmpty() {
    return rows.isEmpty();
  }

  /** Prints the table, indented. */
  public void print(Terminal terminal, String indent) {
    int[] widths = new int[heading.size()];
    for (int i = 0; i < widths.length; i++) {
      widths[i] = heading.get(i).length();
      for (List<String> row : rows) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    terminal.line(indent + terminal.style(Style.DIM, format(heading, widths)));
    rows.forEach(row -> terminal.line(indent + format(row, widths)));
  }

  private String format(List<String> cells, int[] widths) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String padding = " ".repeat(widths[i] - cells.get(i).length());
      text.append(rightAligned[i] ? padding + cells.get(i) : cells.get(i) + padding);
      text.append(i + 1 < widths.length ? "   " : "");
    }
    return text.toString().stripTrailing();
  }
}
