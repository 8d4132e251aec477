package io.directfaas.xds.store;

import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.CallSetting;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

/** Random walks through graphs, each step a delta as the graph's owner would publish it. */
public final class RandomGraphs {
  private static final List<String> TENANTS = List.of("openfaas-fn", "acme", "globex");
  private static final List<String> NAMES = List.of("a", "b", "b-x", "cc", "d0");

  private final Random random;
  private Graph graph;

  public RandomGraphs(long seed) {
    random = new Random(seed);
    GraphDelta.Builder delta = new GraphDelta.Builder();
    delta.put(Tenant.SYSTEM).put(Function.INGRESS);
    for (int i = 0; i < TENANTS.size(); i++) {
      delta.put(tenant(TENANTS.get(i), DataPath.FABRIC));
    }
    graph = Graph.empty("random").apply(delta.build(0, 1));
  }

  public Graph graph() {
    return graph;
  }

  /** One to four changes that keep the graph's rules; applied to {@link #graph()}. */
  public GraphDelta step() {
    GraphDelta.Builder delta = new GraphDelta.Builder();
    Graph next = graph;
    int changes = 1 + random.nextInt(4);
    for (int i = 0; i < changes; i++) {
      GraphDelta.Builder one = new GraphDelta.Builder();
      change(next, one);
      GraphDelta part = one.build(next.revision(), next.revision());
      next = next.apply(part);
      delta.add(part);
    }
    GraphDelta step = delta.build(graph.revision(), graph.revision() + 1);
    graph = graph.apply(step);
    return step;
  }

  private void change(Graph now, GraphDelta.Builder delta) {
    FunctionRef f = anyRef();
    FunctionRef g = anyRef();
    switch (random.nextInt(11)) {
      case 0, 1 -> {
        if (now.tenant(f.namespace()).isPresent()) {
          int id = 2 + Math.floorMod(f.hashCode(), 1 << 20);
          delta.put(new Function(f, id, any(NameRoute.values()), policy()));
        }
      }
      case 2 -> {
        if (random.nextInt(3) == 0) {
          remove(now, delta, f);
        }
      }
      case 3, 4 -> {
        if (now.function(f).isPresent()) {
          delta.put(replica(f, random.nextInt(3)));
        }
      }
      case 5 -> now.replicasOf(f).stream().findAny().ifPresent(r -> delta.removeReplica(r.id()));
      case 6 -> {
        FunctionRef caller = random.nextInt(3) == 0 ? FunctionRef.INGRESS : f;
        if (now.function(caller).isPresent() && now.function(g).isPresent()) {
          CallPolicy policy = caller.isIngress() ? CallPolicy.NONE : policy();
          EdgeOrigin origin = any(EdgeOrigin.values());
          delta.put(new Edge(caller, g, pathOf(now, g.namespace()), origin, policy));
        }
      }
      case 7 -> {
        if (now.tenant(f.namespace()).isPresent()) {
          switchPath(now, delta, f.namespace());
        }
      }
      case 8 -> {
        // Most of the time there are all of them.
        if (now.tenant(f.namespace()).isEmpty()) {
          delta.put(tenant(f.namespace(), any(DataPath.values())));
        } else if (random.nextInt(25) == 0) {
          NAMES.forEach(name -> remove(now, delta, new FunctionRef(f.namespace(), name)));
          delta.removeTenant(f.namespace());
        }
      }
      case 9 ->
          now.tenant(f.namespace())
              .ifPresent(
                  t ->
                      delta.put(
                          new Tenant(t.name(), t.id(), any(EdgePolicy.values()), t.dataPath())));
      default ->
          new ArrayList<>(now.edges().keySet())
              .stream()
                  .sorted((x, y) -> x.toString().compareTo(y.toString()))
                  .skip(random.nextInt(1 + now.edges().size()))
                  .findFirst()
                  .ifPresent(delta::removeEdge);
    }
  }

  private static void switchPath(Graph now, GraphDelta.Builder delta, String namespace) {
    DataPath other = pathOf(now, namespace) == DataPath.MTLS ? DataPath.FABRIC : DataPath.MTLS;
    delta.put(tenant(namespace, other));
    for (Edge edge : now.edges().values()) {
      if (edge.callee().namespace().equals(namespace)) {
        delta.put(new Edge(edge.caller(), edge.callee(), other, edge.origin(), edge.policy()));
      }
    }
  }

  /** Nothing in half of the cases, else any values that annotations can have. */
  private CallPolicy policy() {
    CallPolicy policy = CallPolicy.NONE;
    if (random.nextBoolean()) {
      return policy;
    }
    for (CallSetting setting : CallSetting.values()) {
      if (random.nextInt(3) == 0) {
        policy = policy.with(setting, value(setting));
      }
    }
    return policy;
  }

  /** The smallest value, the largest, off where that is possible, or one between. */
  private long value(CallSetting setting) {
    return switch (setting) {
      case TIMEOUT -> anyOf(0, 1, 86_400_000, 1 + random.nextInt(86_400_000));
      case RETRIES -> anyOf(0, 10, random.nextInt(11));
      case MAX_CONCURRENT_CALLS -> anyOf(0, 1, 1_000_000, 1 + random.nextInt(1_000_000));
      case OUTLIER_FAILURES -> anyOf(0, 1, 1000, 1 + random.nextInt(1000));
      case OUTLIER_EJECTION -> anyOf(1000, 3_600_000, 1000 + random.nextInt(3_599_000));
      case OUTLIER_MAX_EJECTED -> anyOf(1, 99, 1 + random.nextInt(99));
      case BALANCING -> random.nextInt(3);
      case PRECONNECT -> anyOf(100, 300, 100 + random.nextInt(201));
      case IDLE_CONNECTIONS -> anyOf(1000, 3_600_000, 1000 + random.nextInt(3_599_000));
      case TCP_KEEPALIVE -> anyOf(0, 1000, 7_200_000, 1000 + random.nextInt(7_199_000));
    };
  }

  private long anyOf(long... values) {
    return values[random.nextInt(values.length)];
  }

  private <T> T any(T[] values) {
    return values[random.nextInt(values.length)];
  }

  private static Tenant tenant(String name, DataPath path) {
    return new Tenant(name, TENANTS.indexOf(name) + 2, EdgePolicy.EDGES, path);
  }

  private static DataPath pathOf(Graph now, String namespace) {
    return now.tenant(namespace).orElseThrow().dataPath();
  }

  private static void remove(Graph now, GraphDelta.Builder delta, FunctionRef f) {
    now.edgesFrom(f).forEach(edge -> delta.removeEdge(edge.key()));
    now.edgesTo(f).forEach(edge -> delta.removeEdge(edge.key()));
    now.replicasOf(f).forEach(replica -> delta.removeReplica(replica.id()));
    delta.removeFunction(f);
  }

  private Replica replica(FunctionRef f, int number) {
    return new Replica(
        f.name() + "-" + f.namespace() + "-" + number,
        f,
        Ipv4.parse("10.88.0." + (2 + random.nextInt(250))),
        new MacAddress(0x02df00000000L + random.nextInt(1 << 16)),
        random.nextInt(4) == 0 ? 9090 : 8080,
        random.nextInt(4) == 0 ? "other" : "local",
        any(ReplicaState.values()));
  }

  private FunctionRef anyRef() {
    return new FunctionRef(
        TENANTS.get(random.nextInt(TENANTS.size())), NAMES.get(random.nextInt(NAMES.size())));
  }
}
