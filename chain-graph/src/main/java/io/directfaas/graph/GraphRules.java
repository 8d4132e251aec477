package io.directfaas.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Every rule a graph keeps, in one place. Whoever owns a graph asks here before a change is stored;
 * whoever follows one may rely on all of it.
 */
public final class GraphRules {
  private final Graph after;
  private final List<Violation> violations = new ArrayList<>();

  private GraphRules(Graph after) {
    this.after = after;
  }

  /**
   * What a change would break; empty when it is fine. Looks only at what the change touches.
   *
   * @throws IllegalArgumentException if the delta does not start at the revision of {@code before}
   */
  public static List<Violation> check(Graph before, GraphDelta delta) {
    GraphRules rules = new GraphRules(before.apply(delta));
    rules.checkTenants(before, delta);
    rules.checkFunctions(before, delta);
    rules.checkReplicas(before, delta);
    rules.checkEdges(delta);
    rules.checkRemovals(before, delta);
    return List.copyOf(rules.violations);
  }

  private void checkTenants(Graph before, GraphDelta delta) {
    Map<Integer, String> seen = new HashMap<>();
    for (Tenant tenant : delta.putTenants()) {
      String field = "tenant " + tenant.name();
      checkName(field + " name", tenant.name());
      checkRange(field + " id", tenant.id(), 1, Tenant.MAX_ID);
      String holder = seen.putIfAbsent(tenant.id(), tenant.name());
      if (holder == null) {
        holder =
            before.tenantById(tenant.id()).map(Tenant::name).filter(this::keepsTenant).orElse(null);
      }
      if (holder != null && !holder.equals(tenant.name()) && hasTenantId(holder, tenant.id())) {
        report(field + " id", tenant.id() + " belongs to tenant " + holder);
      }
      if (tenant.name().equals(Tenant.SYSTEM_NAME) != (tenant.id() == Tenant.SYSTEM_ID)) {
        report(
            field + " id", Tenant.SYSTEM_ID + " is for " + Tenant.SYSTEM_NAME + " and nobody else");
      }
    }
  }

  private boolean keepsTenant(String name) {
    return after.tenant(name).isPresent();
  }

  private boolean hasTenantId(String name, int id) {
    return after.tenant(name).map(Tenant::id).filter(held -> held == id).isPresent();
  }

  private void checkFunctions(Graph before, GraphDelta delta) {
    Map<Integer, FunctionRef> seen = new HashMap<>();
    for (Function function : delta.putFunctions()) {
      String field = "function " + function.ref();
      checkName(field + " name", function.ref().name());
      if (after.tenant(function.ref().namespace()).isEmpty()) {
        report(field + " namespace", "there is no namespace '" + function.ref().namespace() + "'");
      }
      checkRange(field + " id", function.id(), 1, Function.MAX_ID);
      FunctionRef holder = seen.putIfAbsent(function.id(), function.ref());
      if (holder == null) {
        holder = before.functionById(function.id()).map(Function::ref).orElse(function.ref());
      }
      if (!holder.equals(function.ref())
          && after.function(holder).filter(held -> held.id() == function.id()).isPresent()) {
        report(field + " id", function.id() + " belongs to function " + holder);
      }
      if (function.ref().isIngress() != (function.id() == Function.INGRESS_ID)) {
        report(field + " id", Function.INGRESS_ID + " is for the ingress and nobody else");
      }
      if (function.ref().namespace().equals(Tenant.SYSTEM_NAME) && !function.ref().isIngress()) {
        report(field + " namespace", "'" + Tenant.SYSTEM_NAME + "' is reserved");
      }
    }
  }

  private void checkReplicas(Graph before, GraphDelta delta) {
    Map<String, String> seen = new HashMap<>();
    for (Replica replica : delta.putReplicas()) {
      String field = "replica " + replica.id();
      checkName(field + " id", replica.id());
      if (after.function(replica.function()).isEmpty()) {
        report(field + " function", "there is no function " + replica.function());
      }
      before
          .replica(replica.id())
          .filter(old -> !old.function().equals(replica.function()))
          .ifPresent(
              old -> report(field + " function", "was " + old.function() + " and cannot change"));
      if (!replica.ip().isHostAddress()) {
        report(field + " ip", replica.ip() + " is no address of a host");
      }
      if (!replica.mac().isStationAddress()) {
        report(field + " mac", replica.mac() + " is no address of a station");
      }
      checkRange(field + " port", replica.port(), 1, 0xffff);
      if (replica.node().isBlank()) {
        report(field + " node", "is empty");
      }
      String tenant = replica.function().namespace();
      String holder = seen.putIfAbsent(tenant + " " + replica.ip(), replica.id());
      if (holder == null) {
        holder = before.replicaAt(tenant, replica.ip()).map(Replica::id).orElse(replica.id());
      }
      if (!holder.equals(replica.id())
          && after.replica(holder).filter(held -> held.ip().equals(replica.ip())).isPresent()) {
        report(
            field + " ip", replica.ip() + " belongs to replica " + holder + " of the same tenant");
      }
    }
  }

  private void checkEdges(GraphDelta delta) {
    for (Edge edge : delta.putEdges()) {
      String field = "edge " + edge.key();
      if (after.function(edge.caller()).isEmpty()) {
        report(field + " caller", "there is no function " + edge.caller());
      }
      if (after.function(edge.callee()).isEmpty()) {
        report(field + " callee", "there is no function " + edge.callee());
      }
      if (edge.callee().isIngress()) {
        report(field + " callee", "the ingress cannot be called");
      }
      if (edge.caller().isIngress() != (edge.origin() == EdgeOrigin.PUBLIC)) {
        report(field + " origin", edge.origin() + " does not fit the caller");
      }
      if (edge.origin() == EdgeOrigin.POLICY && edge.crossesTenants()) {
        report(field + " origin", "a tenant's policy ends at the tenant");
      }
    }
  }

  /** What is removed must leave nothing behind that needs it. */
  private void checkRemovals(Graph before, GraphDelta delta) {
    for (String name : delta.removedTenants()) {
      report(
          after.functionsOf(name), "tenant " + name, "still has functions: ", f -> f.ref().name());
    }
    Set<FunctionRef> gone = new HashSet<>(delta.removedFunctions());
    for (FunctionRef ref : gone) {
      if (after.function(ref).isPresent()) {
        continue;
      }
      String field = "function " + ref;
      report(after.replicasOf(ref), field, "still has replicas: ", Replica::id);
      report(after.edgesFrom(ref), field, "still calls: ", e -> e.callee().toString());
      report(after.edgesTo(ref), field, "is still called by: ", e -> e.caller().toString());
    }
    if (before.tenant(Tenant.SYSTEM_NAME).isPresent()
        && after.function(FunctionRef.INGRESS).isEmpty()) {
      report("function " + FunctionRef.INGRESS, "cannot be removed");
    }
  }

  private <T> void report(
      Collection<T> left,
      String field,
      String problem,
      java.util.function.Function<T, String> name) {
    if (!left.isEmpty()) {
      report(
          field, problem + String.join(", ", left.stream().map(name).sorted().limit(5).toList()));
    }
  }

  private void checkName(String field, String name) {
    if (!Names.isDnsLabel(name)) {
      report(
          field,
          "'"
              + name
              + "' is not a DNS label (lower-case letters, digits and '-', at most "
              + Names.MAX_LABEL_LENGTH
              + ")");
    }
  }

  private void checkRange(String field, int value, int least, int most) {
    if (value < least || value > most) {
      report(field, value + " is not between " + least + " and " + most);
    }
  }

  private void report(String field, String problem) {
    violations.add(new Violation(field, problem));
  }
}
