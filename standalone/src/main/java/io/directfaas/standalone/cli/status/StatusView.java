package io.directfaas.standalone.cli.status;

import io.directfaas.standalone.cli.term.Table;
import io.directfaas.standalone.cli.term.Terminal;
import io.directfaas.standalone.cli.term.Terminal.Style;
import tools.jackson.databind.JsonNode;

/** A status report for people. */
final class StatusView {
  private final Terminal terminal;

  StatusView(Terminal terminal) {
    this.terminal = terminal;
  }

  void print(StatusReport report) {
    JsonNode json = report.json();
    terminal.line(terminal.style(Style.BOLD, "Revision " + json.path("revision").asLong()));
    section("Functions", functions(json), "none deployed");
    section("Edges", edges(json), "none");
    section("Sidecars", sidecars(json), "none known");
    section("Switches", switches(json), "none known");
    section("Asynchronous calls", queue(json.path("queue")), "not known");
    terminal.blank();
    if (report.problems().isEmpty()) {
      terminal.line(terminal.style(Style.GOOD, "Everything is in force in every layer."));
    }
    report.problems().forEach(problem -> terminal.line(terminal.style(Style.BAD, "! ") + problem));
  }

  private void section(String title, Table table, String ifEmpty) {
    terminal.blank();
    terminal.line(terminal.style(Style.BOLD, title));
    if (table.isEmpty()) {
      terminal.line("  " + ifEmpty);
    } else {
      table.print(terminal, "  ");
    }
  }

  private static Table functions(JsonNode json) {
    Table table = new Table("FUNCTION", "REPLICA", "STATE", "ADDRESS", ">OF PORT", "NAMESPACE");
    for (JsonNode function : json.path("functions")) {
      String name = function.path("namespace").asString() + "/" + function.path("name").asString();
      if (function.path("replicas").isEmpty()) {
        table.row(name, "-", "no replica");
      }
      for (JsonNode replica : function.path("replicas")) {
        table.row(
            name,
            replica.path("id").asString(),
            replica.path("state").asString(),
            replica.path("ip").asString() + ":" + replica.path("port").asInt(),
            replica.path("ofPort").isNull() ? "-" : replica.path("ofPort").asInt(),
            replica.path("netns").asString());
      }
    }
    return table;
  }

  private static Table edges(JsonNode json) {
    Table table = new Table("CALLER", "CALLEE", "DATA PATH", "FROM");
    for (JsonNode edge : json.path("edges")) {
      table.row(
          edge.path("caller").asString(),
          edge.path("callee").asString(),
          edge.path("dataPath").asString(),
          edge.path("origin").asString());
    }
    return table;
  }

  private static Table sidecars(JsonNode json) {
    Table table = new Table("SIDECAR", "CONNECTED", ">ACKED", "REFUSED");
    for (JsonNode sidecar : json.path("sidecars")) {
      JsonNode nack = sidecar.path("nack");
      table.row(
          sidecar.path("node").asString(),
          sidecar.path("connected").asBoolean() ? "yes" : "no",
          sidecar.path("ackedRevision").asLong(),
          nack.isNull() ? "" : nack.isString() ? nack.asString() : nack.toString());
    }
    return table;
  }

  private static Table queue(JsonNode queue) {
    Table table =
        new Table(">WAITING", ">UNDER WAY", ">MADE", ">RETRIED", ">GIVEN UP", ">CALLBACKS");
    if (queue.isObject()) {
      long underWay = queue.path("inFlight").asLong();
      table.row(
          Math.max(0, queue.path("depth").asLong() - underWay),
          underWay,
          queue.path("executed").asLong(),
          queue.path("retried").asLong(),
          queue.path("abandoned").asLong(),
          queue.path("callbacks").path("sent").asLong());
    }
    return table;
  }

  private static Table switches(JsonNode json) {
    Table table = new Table("SWITCH", "CONNECTED", "ROLE", ">SYNCED", ">FLOWS");
    for (JsonNode each : json.path("switches")) {
      table.row(
          each.path("dpid").asString(),
          each.path("connected").asBoolean() ? "yes" : "no",
          each.path("role").asString(),
          each.path("syncedRevision").asLong(),
          each.path("flows").asLong());
    }
    return table;
  }
}
