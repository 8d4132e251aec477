package io.directfaas.standalone.node.logs;

import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Iterator;

/**
 * When the parts of a log file came. Functions write their files themselves, without times, so all
 * there is to know is how long the file was when it was looked at. Safe for several threads.
 */
final class ArrivalTimes {
  /** Enough for a file of a megabyte to stay precise to within a few lines. */
  private static final int MOST = 4096;

  private record Mark(long offset, Instant time) {}

  private final ArrayDeque<Mark> marks = new ArrayDeque<>();
  private long size;

  /**
   * The file has this length now.
   *
   * @param time when what is new in it came, at the latest
   */
  synchronized void seen(long length, Instant time) {
    if (length < size) {
      cut(size - length);
    } else if (length > size) {
      if (marks.size() == MOST) {
        marks.removeFirst();
      }
      marks.addLast(new Mark(size, time));
    }
    size = length;
  }

  /** The file lost this much at its beginning, as BoundedLog does it. */
  private void cut(long lost) {
    ArrayDeque<Mark> moved = new ArrayDeque<>();
    for (Mark mark : marks) {
      Mark shifted = new Mark(Math.max(0, mark.offset() - lost), mark.time());
      if (shifted.offset() == 0) {
        moved.clear();
      }
      moved.addLast(shifted);
    }
    marks.clear();
    marks.addAll(moved);
  }

  /** When the byte at this place came: never before it did. */
  synchronized Instant at(long offset) {
    Iterator<Mark> newestFirst = marks.descendingIterator();
    Mark found = null;
    while (newestFirst.hasNext()) {
      found = newestFirst.next();
      if (found.offset() <= offset) {
        break;
      }
    }
    return found == null ? Instant.EPOCH : found.time();
  }
}
