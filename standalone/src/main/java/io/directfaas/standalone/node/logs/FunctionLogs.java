package io.directfaas.standalone.node.logs;

import io.directfaas.gateway.provider.LogLine;
import io.directfaas.gateway.provider.LogQuery;
import io.directfaas.gateway.provider.LogSource;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.config.Layout;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The logs of this node's functions. The files have no times in them; a look at their lengths twice
 * a second gives each line one, and a reader that follows looks more often.
 */
public final class FunctionLogs implements LogSource, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FunctionLogs.class);
  private static final Duration LOOK = Duration.ofMillis(500);
  private static final Duration FOLLOW_LOOK = Duration.ofMillis(100);

  /** Knows who runs. */
  public interface Replicas {
    /** The ids of a function's replicas. */
    List<String> of(FunctionRef function);
  }

  private final Layout layout;
  private final Replicas replicas;
  private final Map<String, ArrivalTimes> times = new ConcurrentHashMap<>();
  private volatile @Nullable Thread thread;

  public FunctionLogs(Layout layout, Replicas replicas) {
    this.layout = layout;
    this.replicas = replicas;
  }

  public void start() {
    thread = Thread.ofVirtual().name("log times").start(this::run);
  }

  private void run() {
    try {
      while (true) {
        lookAtAll();
        Thread.sleep(LOOK);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void lookAtAll() {
    Set<String> present = new HashSet<>();
    try (DirectoryStream<Path> dirs = Files.newDirectoryStream(layout.replicasDir())) {
      for (Path dir : dirs) {
        String id = String.valueOf(dir.getFileName());
        if (look(id).isPresent()) {
          present.add(id);
        }
      }
      times.keySet().retainAll(present);
    } catch (IOException e) {
      log.debug("logs cannot be looked at", e);
    }
  }

  /** Notes how long a replica's log is now; empty if it has none. */
  private Optional<ArrivalTimes> look(String replica) {
    try {
      BasicFileAttributes file =
          Files.readAttributes(layout.functionLog(replica), BasicFileAttributes.class);
      ArrivalTimes arrivals = times.computeIfAbsent(replica, id -> new ArrivalTimes());
      arrivals.seen(file.size(), file.lastModifiedTime().toInstant());
      return Optional.of(arrivals);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  @Override
  public Lines open(LogQuery query) {
    return new Reader(query);
  }

  @Override
  public void close() {
    Thread running = thread;
    if (running != null) {
      running.interrupt();
    }
  }

  private final class Reader implements Lines {
    private final LogQuery query;
    private final Map<String, LogFile> files = new LinkedHashMap<>();
    private boolean begun;
    private boolean ended;

    private Reader(LogQuery query) {
      this.query = query;
    }

    @Override
    public List<LogLine> next(Duration wait) throws IOException, InterruptedException {
      long deadline = System.nanoTime() + wait.toNanos();
      while (true) {
        List<LogLine> lines = readAll();
        if (!lines.isEmpty()) {
          return lines;
        }
        long left = deadline - System.nanoTime();
        if (!query.follow() || left <= 0) {
          ended = !query.follow();
          return List.of();
        }
        Thread.sleep(Duration.ofNanos(Math.min(left, FOLLOW_LOOK.toNanos())));
      }
    }

    private List<LogLine> readAll() throws IOException {
      List<String> ids =
          replicas.of(query.function()).stream()
              .filter(id -> query.instance() == null || query.instance().equals(id))
              .toList();
      closeAllBut(ids);
      List<LogLine> lines = new ArrayList<>();
      for (String id : ids) {
        Optional<ArrivalTimes> arrivals = look(id);
        if (arrivals.isPresent()) {
          LogFile file = files.get(id);
          if (file == null) {
            // Of a replica that came later everything is new.
            file = LogFile.open(layout.functionLog(id), begun ? -1 : query.tail());
            files.put(id, file);
          }
          for (LogFile.Line line : file.read(!query.follow())) {
            Instant time = arrivals.get().at(line.offset());
            if (query.since() == null || !time.isBefore(query.since())) {
              lines.add(new LogLine(query.function(), id, time, line.text()));
            }
          }
        }
      }
      begun = true;
      lines.sort(Comparator.comparing(LogLine::time));
      return lines;
    }

    private void closeAllBut(List<String> ids) {
      files
          .entrySet()
          .removeIf(
              entry -> {
                boolean gone = !ids.contains(entry.getKey());
                if (gone) {
                  entry.getValue().close();
                }
                return gone;
              });
    }

    @Override
    public boolean ended() {
      return ended;
    }

    @Override
    public void close() {
      files.values().forEach(LogFile::close);
      files.clear();
    }
  }
}
