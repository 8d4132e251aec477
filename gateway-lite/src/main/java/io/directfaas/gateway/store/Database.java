package io.directfaas.gateway.store;

import java.io.IOException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.UUID;
import org.sqlite.SQLiteConfig;

/** The SQLite file: how it is opened, and its schema by {@code user_version}. */
final class Database {
  private static final int BUSY_MILLIS = 2000;

  /** Step n leads from schema version n to n + 1. Steps are never changed once released. */
  private static final List<List<String>> STEPS =
      List.of(
          List.of(
              """
              CREATE TABLE graph (
                only_row INTEGER PRIMARY KEY CHECK (only_row = 1),
                id TEXT NOT NULL,
                revision INTEGER NOT NULL,
                function_id INTEGER NOT NULL,
                tenant_id INTEGER NOT NULL,
                generation INTEGER NOT NULL
              ) STRICT\
              """,
              """
              CREATE TABLE namespace (
                name TEXT PRIMARY KEY,
                id INTEGER NOT NULL UNIQUE,
                labels TEXT NOT NULL,
                annotations TEXT NOT NULL,
                leaving INTEGER NOT NULL
              ) STRICT, WITHOUT ROWID\
              """,
              """
              CREATE TABLE function (
                namespace TEXT NOT NULL,
                name TEXT NOT NULL,
                id INTEGER NOT NULL UNIQUE,
                generation INTEGER NOT NULL,
                replicas INTEGER NOT NULL,
                spec TEXT,
                created_at INTEGER NOT NULL,
                PRIMARY KEY (namespace, name)
              ) STRICT, WITHOUT ROWID\
              """,
              """
              CREATE TABLE replica (
                id TEXT PRIMARY KEY,
                namespace TEXT NOT NULL,
                name TEXT NOT NULL,
                generation INTEGER NOT NULL,
                ip TEXT NOT NULL,
                mac TEXT NOT NULL,
                port INTEGER NOT NULL,
                node TEXT NOT NULL,
                state TEXT NOT NULL
              ) STRICT, WITHOUT ROWID\
              """,
              """
              CREATE TABLE secret (
                namespace TEXT NOT NULL,
                name TEXT NOT NULL,
                value BLOB NOT NULL,
                PRIMARY KEY (namespace, name)
              ) STRICT, WITHOUT ROWID\
              """));

  private Database() {}

  static Connection open(Path file) {
    createPrivate(file);
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(SQLiteConfig.JournalMode.WAL);
    config.setSynchronous(SQLiteConfig.SynchronousMode.FULL);
    // One owner per graph: a second process gets an error instead of a second truth.
    config.setLockingMode(SQLiteConfig.LockingMode.EXCLUSIVE);
    config.setBusyTimeout(BUSY_MILLIS);
    // Deleted secrets are overwritten.
    config.setPragma(SQLiteConfig.Pragma.SECURE_DELETE, "true");
    try {
      Connection connection = config.createConnection("jdbc:sqlite:" + file);
      try {
        connection.setAutoCommit(false);
        migrate(connection);
        return connection;
      } catch (SQLException | RuntimeException e) {
        connection.close();
        throw e;
      }
    } catch (SQLException e) {
      throw new StoreException("the store " + file + " cannot be opened: " + e.getMessage(), e);
    }
  }

  /** Secrets are in it; SQLite gives its side files the permissions of the main one. */
  private static void createPrivate(Path file) {
    try {
      Path directory = file.toAbsolutePath().getParent();
      if (directory != null) {
        Files.createDirectories(directory);
      }
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } catch (FileAlreadyExistsException e) {
      // as on every start but the first
    } catch (IOException e) {
      throw new StoreException("the store " + file + " cannot be made: " + e, e);
    }
  }

  private static void migrate(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      int version;
      try (ResultSet row = statement.executeQuery("PRAGMA user_version")) {
        version = row.next() ? row.getInt(1) : 0;
      }
      if (version > STEPS.size()) {
        throw new SQLException("it was written by a newer version");
      }
      for (int step = version; step < STEPS.size(); step++) {
        for (String sql : STEPS.get(step)) {
          statement.executeUpdate(sql);
        }
        statement.executeUpdate("PRAGMA user_version = " + (step + 1));
      }
      // A write even where there is nothing to migrate: it takes the lock now, not at the first
      // change. Ids 1 belong to the system's tenant and the ingress.
      statement.executeUpdate(
          "INSERT INTO graph (only_row, id, revision, function_id, tenant_id, generation)"
              + " VALUES (1, '"
              + UUID.randomUUID()
              + "', 0, 1, 1, 0) ON CONFLICT DO NOTHING");
      connection.commit();
    }
  }
}
