package io.directfaas.gateway.load;

import io.directfaas.gateway.load.CallLedger.Changes;
import io.directfaas.gateway.store.StoreException;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.sqlite.SQLiteConfig;

/**
 * The counts on disk, in a file of their own: they change every second and are worth less than the
 * graph. What is written survives a kill; a power cut may cost the last second or so.
 *
 * <p>Not for several threads.
 */
final class CountStore implements AutoCloseable {
  /** The row of a function's started calls; ended ones have their status there. */
  private static final int STARTED = -1;

  private static final Source SETTLED = new Source("", "");

  private final Connection connection;

  private CountStore(Connection connection) {
    this.connection = connection;
  }

  /**
   * @throws StoreException if it cannot be opened
   */
  static CountStore open(Path file) {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.NORMAL);
    config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
    try {
      Connection connection = config.createConnection("jdbc:sqlite:" + file);
      connection.setAutoCommit(false);
      try (Statement statement = connection.createStatement()) {
        statement.executeUpdate(
            """
            CREATE TABLE IF NOT EXISTS calls (
              replica TEXT NOT NULL,
              life TEXT NOT NULL,
              namespace TEXT NOT NULL,
              name TEXT NOT NULL,
              code INTEGER NOT NULL,
              count INTEGER NOT NULL,
              seconds REAL NOT NULL,
              buckets TEXT NOT NULL,
              PRIMARY KEY (replica, life, namespace, name, code)
            ) STRICT, WITHOUT ROWID\
            """);
      }
      connection.commit();
      return new CountStore(connection);
    } catch (SQLException e) {
      throw new StoreException("the counts " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Puts what is stored into an empty ledger. */
  void load(CallLedger ledger, long now) {
    Map<Source, Map<FunctionRef, FunctionCalls>> all = new HashMap<>();
    try (Statement statement = connection.createStatement();
        ResultSet row =
            statement.executeQuery(
                "SELECT replica, life, namespace, name, code, count, seconds, buckets FROM"
                    + " calls")) {
      while (row.next()) {
        Source source = new Source(row.getString(1), row.getString(2));
        FunctionRef function = new FunctionRef(row.getString(3), row.getString(4));
        FunctionCalls calls =
            row.getInt(5) == STARTED
                ? new FunctionCalls(function, row.getLong(6), List.of())
                : new FunctionCalls(function, 0, List.of(ended(row)));
        all.computeIfAbsent(source, s -> new HashMap<>())
            .merge(function, calls, FunctionCalls::plus);
      }
    } catch (SQLException | IllegalArgumentException e) {
      throw new StoreException("the counts cannot be read: " + e.getMessage(), e);
    }
    Map<FunctionRef, FunctionCalls> settled = all.remove(SETTLED);
    Map<Source, List<FunctionCalls>> open = new HashMap<>();
    all.forEach((source, functions) -> open.put(source, List.copyOf(functions.values())));
    ledger.restore(open, settled == null ? List.of() : List.copyOf(settled.values()), now);
  }

  private static EndedCalls ended(ResultSet row) throws SQLException {
    List<Long> buckets = Arrays.stream(row.getString(8).split(",")).map(Long::valueOf).toList();
    return new EndedCalls(row.getInt(5), row.getLong(6), row.getDouble(7), buckets);
  }

  /**
   * Writes all of it or nothing.
   *
   * @throws StoreException if it cannot be written
   */
  void write(Changes changes) {
    try {
      try (PreparedStatement delete =
          connection.prepareStatement("DELETE FROM calls WHERE replica = ? AND life = ?")) {
        for (Source source : changes.removed()) {
          delete.setString(1, source.replica());
          delete.setString(2, source.life());
          delete.executeUpdate();
        }
      }
      for (Map.Entry<Source, List<FunctionCalls>> entry : changes.open().entrySet()) {
        for (FunctionCalls calls : entry.getValue()) {
          put(entry.getKey(), calls);
        }
      }
      for (FunctionCalls calls : changes.settled()) {
        put(SETTLED, calls);
      }
      connection.commit();
    } catch (SQLException e) {
      rollBack();
      throw new StoreException("the counts cannot be written: " + e.getMessage(), e);
    }
  }

  private void rollBack() {
    try {
      connection.rollback();
    } catch (SQLException e) {
      // the next write fails, too, and says so
    }
  }

  private void put(Source source, FunctionCalls calls) throws SQLException {
    try (PreparedStatement delete =
            connection.prepareStatement(
                "DELETE FROM calls"
                    + " WHERE replica = ? AND life = ? AND namespace = ? AND name = ?");
        PreparedStatement insert =
            connection.prepareStatement("INSERT INTO calls VALUES (?, ?, ?, ?, ?, ?, ?, ?)")) {
      key(delete, source, calls.function());
      delete.executeUpdate();
      if (calls.started() == 0 && calls.ended().isEmpty()) {
        return;
      }
      List<Row> rows = new ArrayList<>();
      rows.add(new Row(STARTED, calls.started(), 0, ""));
      for (EndedCalls ended : calls.ended()) {
        String buckets =
            ended.buckets().stream().map(String::valueOf).collect(Collectors.joining(","));
        rows.add(new Row(ended.code(), ended.count(), ended.seconds(), buckets));
      }
      for (Row row : rows) {
        key(insert, source, calls.function());
        insert.setInt(5, row.code);
        insert.setLong(6, row.count);
        insert.setDouble(7, row.seconds);
        insert.setString(8, row.buckets);
        insert.addBatch();
      }
      insert.executeBatch();
    }
  }

  private record Row(int code, long count, double seconds, String buckets) {}

  private static void key(PreparedStatement statement, Source source, FunctionRef function)
      throws SQLException {
    statement.setString(1, source.replica());
    statement.setString(2, source.life());
    statement.setString(3, function.namespace());
    statement.setString(4, function.name());
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (SQLException e) {
      throw new StoreException("the counts cannot be closed: " + e.getMessage(), e);
    }
  }
}
