package io.directfaas.sdn.testing;

import io.directfaas.graph.Bandwidth;
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
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import org.jspecify.annotations.Nullable;

/** Graphs in few words: {@code new GraphFixture().tenant("acme").replica("acme/a", 1)...}. */
public final class GraphFixture {
  private Graph graph;
  private GraphDelta.Builder pending = new GraphDelta.Builder();
  private int lastTenant = 1;
  private int lastFunction = 1;

  public GraphFixture() {
    this("test");
  }

  /**
   * @param id the graph's id: whose revisions these are
   */
  public GraphFixture(String id) {
    graph = Graph.empty(id);
    pending.put(Tenant.SYSTEM).put(Function.INGRESS);
  }

  public static FunctionRef ref(String text) {
    return FunctionRef.parse(text, "acme");
  }

  public GraphFixture tenant(String name) {
    pending.put(new Tenant(name, ++lastTenant, EdgePolicy.EDGES, DataPath.FABRIC));
    return this;
  }

  /** A tenant that was there before, from now on with another limit; null for none. */
  public GraphFixture bandwidth(String name, @Nullable Bandwidth bandwidth) {
    Tenant tenant = graph.tenant(name).orElseThrow();
    pending.put(new Tenant(name, tenant.id(), tenant.policy(), tenant.dataPath(), bandwidth));
    return this;
  }

  public GraphFixture function(String ref) {
    pending.put(new Function(ref(ref), ++lastFunction));
    return this;
  }

  /** A function with one replica of the same name, at slot n of the usual addresses. */
  public GraphFixture single(String ref, int slot) {
    return function(ref).replica(replica(ref, ref(ref).name(), slot));
  }

  /** At 10.88.0.n with MAC 02:df:00:00:00:n, TCP port 8080. */
  public static Replica replica(String function, String id, int slot) {
    return replica(function, id, "10.88." + (slot >> 8) + "." + (slot & 255), slot, 8080);
  }

  public static Replica replica(String function, String id, String ip, int macTail, int port) {
    return new Replica(
        id,
        ref(function),
        Ipv4.parse(ip),
        new MacAddress(0x02df_0000_0000L + macTail),
        port,
        "node",
        ReplicaState.READY);
  }

  /** The same, on a node. */
  public static Replica on(String node, Replica r) {
    return new Replica(r.id(), r.function(), r.ip(), r.mac(), r.port(), node, r.state());
  }

  public GraphFixture replica(Replica replica) {
    pending.put(replica);
    return this;
  }

  public GraphFixture withoutReplica(String id) {
    pending.removeReplica(id);
    return this;
  }

  public GraphFixture edge(String caller, String callee) {
    FunctionRef from = caller.equals("ingress") ? FunctionRef.INGRESS : ref(caller);
    pending.put(new Edge(from, ref(callee), DataPath.FABRIC, EdgeOrigin.CALLS));
    return this;
  }

  public GraphFixture withoutEdge(String caller, String callee) {
    pending.removeEdge(new Edge.Key(ref(caller), ref(callee)));
    return this;
  }

  /** The graph with all changes so far, at the next revision. */
  public Graph next() {
    graph = graph.apply(pending.build(graph.revision(), graph.revision() + 1));
    pending = new GraphDelta.Builder();
    return graph;
  }
}
