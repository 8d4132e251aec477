package io.directfaas.gateway.store;

import io.directfaas.gateway.function.DeploymentJson;
import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.json.Json;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.gateway.namespace.NamespaceSpec;
import io.directfaas.gateway.provider.KnownReplica;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Violation;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Types;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The graph's durable form. Edges are not in it: they follow from what functions and namespaces
 * declare. One connection, one transaction per change; when {@link #write} returns the change
 * survives a kill and a power cut.
 */
public final class Store implements AutoCloseable {
  private final Connection connection;
  // A ReentrantLock, because a virtual thread that blocks in a monitor holds its carrier (JEP 444).
  private final ReentrantLock lock = new ReentrantLock();
  private boolean broken;

  private Store(Connection connection) {
    this.connection = connection;
  }

  /**
   * Opens the database, and makes it where there is none.
   *
   * @throws StoreException if it cannot be opened, such as when another process has it open
   */
  public static Store open(Path file) {
    return new Store(Database.open(file));
  }

  /** Reads everything. */
  public StoredState load() {
    return locked(
        () -> {
          try (PreparedStatement query =
                  connection.prepareStatement(
                      "SELECT id, revision, function_id, tenant_id, generation FROM graph");
              ResultSet row = query.executeQuery()) {
            if (!row.next()) {
              throw new StoreException("the store names no graph");
            }
            return new StoredState(
                row.getString(1),
                row.getLong(2),
                new Counters(row.getInt(3), row.getInt(4), row.getLong(5)),
                loadNamespaces(),
                loadFunctions(),
                loadReplicas());
          }
        });
  }

  /**
   * Stores one change, all of it or nothing.
   *
   * @throws StoreException if it could not be stored
   */
  public void write(Rows rows) {
    transaction(
        () -> {
          for (FunctionRef ref : rows.removedFunctions()) {
            update(
                "DELETE FROM function WHERE namespace = ? AND name = ?",
                ref.namespace(),
                ref.name());
          }
          for (String name : rows.removedNamespaces()) {
            update("DELETE FROM namespace WHERE name = ?", name);
          }
          for (String id : rows.removedReplicas()) {
            update("DELETE FROM replica WHERE id = ?", id);
          }
          for (NamespaceRow row : rows.putNamespaces()) {
            putNamespace(row);
          }
          for (FunctionRow row : rows.putFunctions()) {
            putFunction(row);
          }
          for (KnownReplica replica : rows.putReplicas()) {
            putReplica(replica);
          }
          Counters counters = rows.counters();
          update(
              "UPDATE graph SET revision = ?, function_id = ?, tenant_id = ?, generation = ?",
              rows.revision(),
              counters.functionId(),
              counters.tenantId(),
              counters.generation());
          return true;
        });
  }

  /** A namespace's secrets, by name. */
  public List<String> secretNames(String namespace) {
    return locked(
        () -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT name FROM secret WHERE namespace = ? ORDER BY name")) {
            query.setString(1, namespace);
            List<String> names = new ArrayList<>();
            try (ResultSet row = query.executeQuery()) {
              while (row.next()) {
                names.add(row.getString(1));
              }
            }
            return names;
          }
        });
  }

  public Optional<byte[]> secret(String namespace, String name) {
    return locked(
        () -> {
          try (PreparedStatement query =
              connection.prepareStatement(
                  "SELECT value FROM secret WHERE namespace = ? AND name = ?")) {
            query.setString(1, namespace);
            query.setString(2, name);
            try (ResultSet row = query.executeQuery()) {
              return row.next() ? Optional.of(row.getBytes(1)) : Optional.empty();
            }
          }
        });
  }

  /** Adds a secret; false if there is one of that name. */
  public boolean insertSecret(String namespace, String name, byte[] value) {
    return transaction(
        () ->
            update(
                    "INSERT INTO secret (namespace, name, value) VALUES (?, ?, ?)"
                        + " ON CONFLICT DO NOTHING",
                    namespace,
                    name,
                    value)
                > 0);
  }

  /** Replaces a secret's value; false if there is none of that name. */
  public boolean updateSecret(String namespace, String name, byte[] value) {
    return transaction(
        () ->
            update(
                    "UPDATE secret SET value = ? WHERE namespace = ? AND name = ?",
                    value,
                    namespace,
                    name)
                > 0);
  }

  /** Removes a secret; false if there is none of that name. */
  public boolean deleteSecret(String namespace, String name) {
    return transaction(
        () -> update("DELETE FROM secret WHERE namespace = ? AND name = ?", namespace, name) > 0);
  }

  @Override
  public void close() {
    lock.lock();
    try {
      broken = true;
      connection.close();
    } catch (SQLException e) {
      throw new StoreException("the store cannot be closed: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private List<NamespaceRow> loadNamespaces() throws SQLException {
    List<NamespaceRow> rows = new ArrayList<>();
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT name, id, labels, annotations, leaving FROM namespace ORDER BY name");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        rows.add(
            new NamespaceRow(
                new NamespaceSpec(
                    row.getString(1), readMap(row.getString(3)), readMap(row.getString(4))),
                row.getInt(2),
                row.getBoolean(5)));
      }
    }
    return rows;
  }

  private List<FunctionRow> loadFunctions() throws SQLException {
    List<FunctionRow> rows = new ArrayList<>();
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT namespace, name, id, generation, replicas, spec, created_at"
                    + " FROM function ORDER BY namespace, name");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        String spec = row.getString(6);
        rows.add(
            new FunctionRow(
                new FunctionRef(row.getString(1), row.getString(2)),
                row.getInt(3),
                row.getLong(4),
                row.getInt(5),
                spec == null ? null : readSpec(spec),
                Instant.ofEpochMilli(row.getLong(7))));
      }
    }
    return rows;
  }

  private List<KnownReplica> loadReplicas() throws SQLException {
    List<KnownReplica> replicas = new ArrayList<>();
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT id, namespace, name, generation, ip, mac, port, node, state"
                    + " FROM replica ORDER BY id");
        ResultSet row = query.executeQuery()) {
      while (row.next()) {
        replicas.add(
            new KnownReplica(
                new Replica(
                    row.getString(1),
                    new FunctionRef(row.getString(2), row.getString(3)),
                    Ipv4.parse(row.getString(5)),
                    MacAddress.parse(row.getString(6)),
                    row.getInt(7),
                    row.getString(8),
                    ReplicaState.valueOf(row.getString(9))),
                row.getLong(4)));
      }
    }
    return replicas;
  }

  private void putNamespace(NamespaceRow row) throws SQLException {
    update(
        "INSERT OR REPLACE INTO namespace (name, id, labels, annotations, leaving)"
            + " VALUES (?, ?, ?, ?, ?)",
        row.name(),
        row.id(),
        writeMap(row.spec().labels()),
        writeMap(row.spec().annotations()),
        row.leaving() ? 1 : 0);
    if (row.leaving()) {
      update("DELETE FROM secret WHERE namespace = ?", row.name());
    }
  }

  private void putFunction(FunctionRow row) throws SQLException {
    FunctionSpec spec = row.spec();
    update(
        "INSERT OR REPLACE INTO function"
            + " (namespace, name, id, generation, replicas, spec, created_at)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?)",
        row.ref().namespace(),
        row.ref().name(),
        row.id(),
        row.generation(),
        row.replicas(),
        spec == null ? Null.TEXT : Json.MAPPER.writeValueAsString(DeploymentJson.write(spec)),
        row.createdAt().toEpochMilli());
  }

  private void putReplica(KnownReplica known) throws SQLException {
    Replica replica = known.replica();
    update(
        "INSERT OR REPLACE INTO replica"
            + " (id, namespace, name, generation, ip, mac, port, node, state)"
            + " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        replica.id(),
        replica.function().namespace(),
        replica.function().name(),
        known.generation(),
        replica.ip().toString(),
        replica.mac().toString(),
        replica.port(),
        replica.node(),
        replica.state().name());
  }

  private enum Null {
    TEXT
  }

  private int update(String sql, Object... values) throws SQLException {
    try (PreparedStatement statement = connection.prepareStatement(sql)) {
      for (int i = 0; i < values.length; i++) {
        switch (values[i]) {
          case Null unused -> statement.setNull(i + 1, Types.VARCHAR);
          case byte[] bytes -> statement.setBytes(i + 1, bytes);
          case Object value -> statement.setObject(i + 1, value);
        }
      }
      return statement.executeUpdate();
    }
  }

  private static String writeMap(Map<String, String> map) {
    ObjectNode node = Json.MAPPER.createObjectNode();
    // sorted, so that the same content is the same text
    new TreeMap<>(map).forEach(node::put);
    return Json.MAPPER.writeValueAsString(node);
  }

  private static Map<String, String> readMap(String json) {
    ObjectNode wrapper = Json.MAPPER.createObjectNode();
    wrapper.set("map", Json.MAPPER.readTree(json));
    return JsonFields.of(wrapper, new ArrayList<>()).textMap("map");
  }

  private static FunctionSpec readSpec(String json) {
    JsonNode node = Json.MAPPER.readTree(json);
    List<Violation> violations = new ArrayList<>();
    FunctionSpec spec = DeploymentJson.read(node, "", violations);
    if (!violations.isEmpty()) {
      throw new StoreException("the store holds a function that cannot be read: " + violations);
    }
    return spec;
  }

  private interface Work<T> {
    T run() throws SQLException;
  }

  private <T> T locked(Work<T> work) {
    lock.lock();
    try {
      if (broken) {
        throw new StoreException("the store is closed");
      }
      return work.run();
    } catch (SQLException e) {
      throw new StoreException("the store cannot be read: " + e.getMessage(), e);
    } finally {
      lock.unlock();
    }
  }

  private <T> T transaction(Work<T> work) {
    return locked(
        () -> {
          boolean committing = false;
          try {
            T result = work.run();
            committing = true;
            connection.commit();
            return result;
          } catch (SQLException | RuntimeException e) {
            // When the commit itself failed nobody knows what a restart would find; going on could
            // publish a revision twice with different content. So this store takes nothing more.
            broken = committing;
            rollBack(e);
            throw new StoreException("the store cannot be written: " + e.getMessage(), e);
          }
        });
  }

  private void rollBack(Exception cause) {
    try {
      connection.rollback();
    } catch (SQLException e) {
      broken = true;
      cause.addSuppressed(e);
    }
  }
}
