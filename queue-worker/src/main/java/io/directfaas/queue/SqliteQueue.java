package io.directfaas.queue;

import io.directfaas.queue.Backlog.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls in an SQLite file. One thread writes; what came while it waited for the disk goes into its
 * next transaction, so that many callers share one sync.
 */
final class SqliteQueue implements CallQueue {
  private static final Logger log = LoggerFactory.getLogger(SqliteQueue.class);
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final int MOST_PER_TRANSACTION = 200;

  private interface Write {
    void run(Connection connection) throws SQLException;
  }

  private record Pending(Write write, CompletableFuture<Void> done) {}

  private final Bounds bounds;
  private final Backlog backlog;
  private final Connection writes;
  private final Connection reads;
  private final ReentrantLock readLock = new ReentrantLock();
  private final BlockingQueue<Pending> pending = new LinkedBlockingQueue<>();
  private final Thread writer;

  private final ReentrantLock countLock = new ReentrantLock();
  // Guarded by countLock.
  private final Map<String, Integer> callsOf = new HashMap<>();
  private long calls;
  private long bytes;
  private long lastId;

  private SqliteQueue(Bounds bounds, Connection writes, Connection reads) throws SQLException {
    this.bounds = bounds;
    this.backlog = new Backlog(bounds.atOncePerFunction());
    this.writes = writes;
    this.reads = reads;
    load();
    this.writer = Thread.ofPlatform().name("queue writer").daemon().start(this::write);
  }

  /** Opens the file, with all calls that were not settled. */
  static SqliteQueue open(Path file, Bounds bounds) throws IOException {
    try {
      if (!Files.exists(file)) {
        Files.createFile(
            file,
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
      }
      Connection writes = connect(file);
      try (Statement statement = writes.createStatement()) {
        statement.execute(
            """
            CREATE TABLE IF NOT EXISTS call (
              id INTEGER PRIMARY KEY,
              function TEXT NOT NULL,
              path TEXT NOT NULL,
              headers TEXT NOT NULL,
              body BLOB NOT NULL,
              callback TEXT,
              call_id TEXT NOT NULL,
              start_time TEXT NOT NULL,
              accepted_at INTEGER NOT NULL,
              attempts INTEGER NOT NULL,
              due INTEGER NOT NULL
            ) STRICT\
            """);
      }
      return new SqliteQueue(bounds, writes, connect(file));
    } catch (SQLException e) {
      throw new IOException("the queue " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  private static Connection connect(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    config.setBusyTimeout(5000);
    config.setCacheSize(-2000);
    return config.createConnection("jdbc:sqlite:" + file);
  }

  private void load() throws SQLException {
    try (Statement statement = reads.createStatement();
        ResultSet rows =
            statement.executeQuery(
                "SELECT id, function, due, attempts, accepted_at, length(body) FROM call")) {
      while (rows.next()) {
        Entry entry =
            new Entry(
                rows.getLong(1),
                rows.getString(2),
                rows.getLong(3),
                rows.getInt(4),
                rows.getLong(5),
                rows.getInt(6));
        count(entry.function(), 1, entry.size());
        lastId = Math.max(lastId, entry.id());
        backlog.add(entry);
      }
    }
  }

  @Override
  public void put(QueuedCall call) throws IOException, QueueFullException, InterruptedException {
    long id = reserve(call);
    long now = System.currentTimeMillis();
    try {
      submit(connection -> insert(connection, id, call, now)).get();
    } catch (ExecutionException e) {
      count(call.function(), -1, -call.body().length);
      throw new IOException("the call could not be stored: " + e.getMessage(), e);
    } catch (InterruptedException e) {
      // It may be stored or not; as if it were, for the bounds and for whoever runs it.
      Thread.currentThread().interrupt();
      throw e;
    }
    backlog.add(new Entry(id, call.function(), now, 0, now, call.body().length));
  }

  private long reserve(QueuedCall call) throws QueueFullException {
    countLock.lock();
    try {
      int size = call.body().length;
      if (callsOf.getOrDefault(call.function(), 0) >= bounds.callsPerFunction()) {
        throw new QueueFullException(
            bounds.callsPerFunction() + " calls of " + call.function() + " are waiting already");
      }
      if (calls >= bounds.calls() || bytes + size > bounds.bytes()) {
        throw new QueueFullException("the queue is full");
      }
      count(call.function(), 1, size);
      return ++lastId;
    } finally {
      countLock.unlock();
    }
  }

  private void count(String function, int more, long moreBytes) {
    countLock.lock();
    try {
      calls += more;
      bytes += moreBytes;
      callsOf.merge(function, more, (a, b) -> a + b == 0 ? null : a + b);
    } finally {
      countLock.unlock();
    }
  }

  private static void insert(Connection connection, long id, QueuedCall call, long now)
      throws SQLException {
    try (PreparedStatement insert =
        connection.prepareStatement("INSERT INTO call VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?)")) {
      insert.setLong(1, id);
      insert.setString(2, call.function());
      insert.setString(3, call.path());
      insert.setString(4, JSON.writeValueAsString(call.headers()));
      insert.setBytes(5, call.body());
      insert.setString(6, call.callback());
      insert.setString(7, call.callId());
      insert.setString(8, call.startTime());
      insert.setLong(9, now);
      insert.setLong(10, now);
      insert.executeUpdate();
    }
  }

  @Override
  public Taken take() throws IOException, InterruptedException {
    Entry entry = backlog.take();
    try {
      return new Row(entry, read(entry.id()));
    } catch (SQLException e) {
      backlog.ended(entry.function());
      backlog.add(later(entry, Duration.ofSeconds(5), false));
      throw new IOException("a call could not be read: " + e.getMessage(), e);
    }
  }

  private QueuedCall read(long id) throws SQLException {
    readLock.lock();
    try (PreparedStatement select =
        reads.prepareStatement(
            "SELECT function, path, headers, body, callback, call_id, start_time FROM call"
                + " WHERE id = ?")) {
      select.setLong(1, id);
      try (ResultSet row = select.executeQuery()) {
        if (!row.next()) {
          throw new SQLException("call " + id + " is not there");
        }
        List<QueuedCall.Header> headers =
            JSON.readValue(row.getString(3), new TypeReference<List<QueuedCall.Header>>() {});
        return new QueuedCall(
            row.getString(1),
            row.getString(2),
            headers,
            row.getBytes(4),
            row.getString(5),
            row.getString(6),
            row.getString(7));
      }
    } finally {
      readLock.unlock();
    }
  }

  private static Entry later(Entry entry, Duration delay, boolean tried) {
    return new Entry(
        entry.id(),
        entry.function(),
        System.currentTimeMillis() + delay.toMillis(),
        entry.attempts() + (tried ? 1 : 0),
        entry.acceptedAt(),
        entry.size());
  }

  @Override
  public Map<String, Long> depths() {
    Map<String, Long> depths = new TreeMap<>();
    countLock.lock();
    try {
      callsOf.forEach((function, waiting) -> depths.put(function, (long) waiting));
      return depths;
    } finally {
      countLock.unlock();
    }
  }

  private CompletableFuture<Void> submit(Write write) {
    CompletableFuture<Void> done = new CompletableFuture<>();
    pending.add(new Pending(write, done));
    return done;
  }

  private void write() {
    List<Pending> batch = new ArrayList<>();
    try {
      writes.setAutoCommit(false);
      while (true) {
        batch.clear();
        batch.add(pending.take());
        pending.drainTo(batch, MOST_PER_TRANSACTION);
        commit(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      log.error("the queue cannot be written", e);
    }
  }

  private void commit(List<Pending> batch) throws SQLException {
    try {
      for (Pending each : batch) {
        each.write().run(writes);
      }
      writes.commit();
      batch.forEach(each -> each.done().complete(null));
    } catch (SQLException e) {
      writes.rollback();
      batch.forEach(each -> each.done().completeExceptionally(e));
    }
  }

  /** What was settled is written first, so that it is not made again. */
  @Override
  public void close() {
    try {
      submit(connection -> {}).get(10, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      log.warn("calls that were made may be made again", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    writer.interrupt();
    try {
      writer.join();
      writes.close();
      reads.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (SQLException e) {
      log.warn("the queue did not close cleanly", e);
    }
  }

  private final class Row implements Taken {
    private final Entry entry;
    private final QueuedCall call;

    private Row(Entry entry, QueuedCall call) {
      this.entry = entry;
      this.call = call;
    }

    @Override
    public QueuedCall call() {
      return call;
    }

    @Override
    public int attempts() {
      return entry.attempts();
    }

    @Override
    public long acceptedAt() {
      return entry.acceptedAt();
    }

    /** Not waited for: a call that is made again after a crash is within the promise. */
    @Override
    public void done() {
      var unused = submit(this::delete);
      count(entry.function(), -1, -entry.size());
      backlog.ended(entry.function());
    }

    private void delete(Connection connection) throws SQLException {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM call WHERE id = ?")) {
        delete.setLong(1, entry.id());
        delete.executeUpdate();
      }
    }

    @Override
    public void again(Duration delay, boolean tried) {
      Entry next = later(entry, delay, tried);
      var unused = submit(connection -> reschedule(connection, next));
      backlog.ended(entry.function());
      backlog.add(next);
    }

    private void reschedule(Connection connection, Entry next) throws SQLException {
      try (PreparedStatement update =
          connection.prepareStatement("UPDATE call SET attempts = ?, due = ? WHERE id = ?")) {
        update.setInt(1, next.attempts());
        update.setLong(2, next.due());
        update.setLong(3, next.id());
        update.executeUpdate();
      }
    }
  }
}
