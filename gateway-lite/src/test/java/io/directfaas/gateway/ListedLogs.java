package io.directfaas.gateway;

import io.directfaas.gateway.provider.LogLine;
import io.directfaas.gateway.provider.LogQuery;
import io.directfaas.gateway.provider.LogSource;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** A log to which a test writes. */
final class ListedLogs implements LogSource {
  final BlockingQueue<LogLine> lines = new LinkedBlockingQueue<>();
  final List<LogQuery> queries = new CopyOnWriteArrayList<>();
  final AtomicInteger open = new AtomicInteger();

  @Override
  public Lines open(LogQuery query) {
    queries.add(query);
    open.incrementAndGet();
    return new Lines() {
      private boolean ended;

      @Override
      public List<LogLine> next(Duration wait) throws InterruptedException {
        LogLine line = lines.poll(query.follow() ? wait.toMillis() : 0, TimeUnit.MILLISECONDS);
        ended = line == null && !query.follow();
        return line == null ? List.of() : List.of(line);
      }

      @Override
      public boolean ended() {
        return ended;
      }

      @Override
      public void close() {
        open.decrementAndGet();
      }
    };
  }
}
