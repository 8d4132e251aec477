package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

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
import io.directfaas.sdn.testing.GraphFixture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is compiled out of a change is what would be compiled out of everything. */
class IncrementalCompileTest {
  private static final int STEPS = 160;
  private static final List<String> TENANTS = List.of("red", "green", "blue");
  private static final List<String> NODES = List.of("n1", "n2", "n3");

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
  void afterAnyChangesOfAnyKindItIsWhatCompilingTheWholeGraphGives(long seed) {
    World world = new World(seed);
    List<Compiled> compiled = new ArrayList<>(List.of(Compiled.NOTHING, Compiled.NOTHING));
    int changed = 0;
    for (int step = 0; step < STEPS; step++) {
      world.change();
      List<Site> sites = List.of(world.only(), world.first());
      for (int i = 0; i < sites.size(); i++) {
        Compiled before = compiled.get(i);
        Compiled after = Pipeline.compile(world.graph, sites.get(i), before);
        Compiled whole = Pipeline.compile(world.graph, sites.get(i));
        String where = "seed " + seed + " step " + step + " site " + i + ": " + world.lastChange;
        assertThat(after.flows()).as(where).isEqualTo(whole.flows());
        assertThat(after.meters()).as(where).isEqualTo(whole.meters());
        assertThat(after.gaps()).as(where).isEqualTo(whole.gaps());
        assertThat(after.wantsTheSameAs(whole)).as(where).isTrue();
        for (Flow flow : whole.flows().values()) {
          assertThat(after.hosts(flow.edgeDestination()))
              .isEqualTo(whole.hosts(flow.edgeDestination()));
        }
        changed += after.flows().equals(before.flows()) ? 0 : 1;
        compiled.set(i, after);
      }
    }
    assertThat(changed).isGreaterThan(STEPS / 2);
  }

  /** Everything that can change: what is in the graph, what is plugged in where, the nodes. */
  private static final class World {
    private final Random random;
    private int lastId = 1;
    private Graph graph = Graph.empty("world");
    private GraphDelta.Builder delta = new GraphDelta.Builder();
    private final Map<String, Port> ports = new HashMap<>();
    private final Map<String, Ipv4> nodes = new HashMap<>();
    private int tunnelPort = 100;
    private String lastChange = "";

    World(long seed) {
      random = new Random(seed);
      NODES.forEach(n -> nodes.put(n, Ipv4.parse("192.0.2." + n.charAt(1))));
      delta.put(Tenant.SYSTEM).put(Function.INGRESS);
      TENANTS.forEach(this::putTenant);
      for (String tenant : TENANTS) {
        for (int f = 0; f < 4; f++) {
          delta.put(new Function(new FunctionRef(tenant, "f" + f), ++lastId));
        }
      }
      apply();
    }

    Site only() {
      return Site.only(ports);
    }

    Site first() {
      return new Site("n1", ports, tunnelPort, nodes);
    }

    private void apply() {
      graph = graph.apply(delta.build(graph.revision(), graph.revision() + 1));
      delta = new GraphDelta.Builder();
    }

    /** One change, or a few at once. */
    void change() {
      lastChange = "";
      for (int i = 0; i < 1 + random.nextInt(3); i++) {
        int kind = random.nextInt(100);
        if (kind < 30) {
          edge();
        } else if (kind < 55) {
          replica();
        } else if (kind < 80) {
          port();
        } else if (kind < 88) {
          function();
        } else if (kind < 96) {
          tenant();
        } else {
          node();
        }
      }
      apply();
    }

    private void edge() {
      FunctionRef caller = random.nextInt(6) == 0 ? FunctionRef.INGRESS : anyFunction();
      FunctionRef callee = anyFunction();
      if (random.nextInt(3) == 0) {
        delta.removeEdge(new Edge.Key(caller, callee));
        said("no edge " + caller + " to " + callee);
      } else {
        DataPath path = random.nextInt(4) == 0 ? DataPath.MTLS : DataPath.FABRIC;
        delta.put(new Edge(caller, callee, path, EdgeOrigin.CALLS));
        said("edge " + caller + " to " + callee + " over " + path);
      }
    }

    /** Ids, and with them tenants, are few, and addresses and ports fewer. */
    private void replica() {
      String id = "r" + random.nextInt(16);
      if (random.nextInt(4) == 0) {
        delta.removeReplica(id);
        said("no replica " + id);
        return;
      }
      Replica replica =
          new Replica(
              id,
              random.nextInt(10) == 0 ? FunctionRef.INGRESS : anyFunction(),
              Ipv4.parse("10.88.0." + (1 + random.nextInt(6))),
              anyMac(),
              8080 + random.nextInt(2),
              NODES.get(random.nextInt(NODES.size())),
              ReplicaState.READY);
      delta.put(replica);
      said(replica.toString());
    }

    private void port() {
      String id = "r" + random.nextInt(16);
      if (random.nextInt(3) == 0) {
        ports.remove(id);
        said("unplugged " + id);
      } else {
        ports.put(id, new Port(1 + random.nextInt(12), random.nextInt(5) == 0 ? anyMac() : null));
        said("plugged " + id + " into " + ports.get(id));
      }
    }

    /** Its edges and replicas stay, though nothing like that should come from the graph's owner. */
    private void function() {
      FunctionRef ref = anyFunction();
      if (random.nextBoolean()) {
        delta.removeFunction(ref);
        said("no function " + ref);
      } else {
        delta.put(new Function(ref, ++lastId));
        said("function " + ref + " is " + lastId);
      }
    }

    private void tenant() {
      String name = TENANTS.get(random.nextInt(TENANTS.size()));
      if (random.nextInt(4) == 0) {
        delta.removeTenant(name);
        said("no tenant " + name);
      } else {
        putTenant(name);
      }
    }

    private void putTenant(String name) {
      Bandwidth limit =
          random.nextInt(3) == 0 ? null : Bandwidth.parse(random.nextInt(9) + 1 + "Mbit");
      int id =
          random.nextBoolean() ? graph.tenant(name).map(Tenant::id).orElse(lastId + 1) : lastId + 1;
      lastId = Math.max(lastId, id);
      Tenant tenant = new Tenant(name, id, EdgePolicy.EDGES, DataPath.FABRIC, limit);
      delta.put(tenant);
      said(tenant.toString());
    }

    private void node() {
      String name = NODES.get(random.nextInt(NODES.size()));
      if (random.nextInt(3) == 0) {
        tunnelPort = tunnelPort == 0 ? 100 : 0;
        said("tunnel port " + tunnelPort);
      } else if (random.nextBoolean()) {
        nodes.remove(name);
        said("no node " + name);
      } else {
        nodes.put(name, Ipv4.parse("192.0.2." + random.nextInt(200)));
        said("node " + name + " at " + nodes.get(name));
      }
    }

    private FunctionRef anyFunction() {
      return new FunctionRef(TENANTS.get(random.nextInt(TENANTS.size())), "f" + random.nextInt(4));
    }

    private MacAddress anyMac() {
      return new MacAddress(0x02df_0000_0001L + random.nextInt(2));
    }

    private void said(String what) {
      lastChange = lastChange + "; " + what;
    }
  }

  /** A ring, in which each function calls the next ones. */
  private static GraphFixture ring(int functions) {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    for (int f = 0; f < functions; f++) {
      fixture.single("acme/f" + f, f + 2);
    }
    for (int f = 0; f < functions; f++) {
      for (int e = 1; e <= 3; e++) {
        fixture.edge("acme/f" + f, "acme/f" + (f + e) % functions);
      }
    }
    return fixture;
  }

  private static int looksAt(GraphFixture fixture, GraphDelta delta) {
    Graph before = fixture.next();
    Map<String, Port> ports = new HashMap<>();
    before.replicas().keySet().forEach(id -> ports.put(id, new Port(ports.size() + 1, null)));
    Placement was = Placement.of(before, Site.only(ports));
    Graph graph = before.apply(delta);
    Changes changes = Changes.between(before, was.ports(), graph, was.ports(), delta);
    Scope scope = Scope.of(changes, was, was.after(changes, graph, was.site(), was.ports()));
    return scope.tenants().size()
        + scope.functions().size()
        + scope.replicas().size()
        + scope.edges().size()
        + scope.addresses().size();
  }

  @Test
  void whatIsLookedAtDoesNotGrowWithTheGraph() {
    Edge edge =
        new Edge(
            GraphFixture.ref("acme/f0"),
            GraphFixture.ref("acme/f7"),
            DataPath.FABRIC,
            EdgeOrigin.CALLS);
    GraphDelta oneEdge = new GraphDelta.Builder().put(edge).build(1, 2);
    GraphDelta oneReplica = new GraphDelta.Builder().removeReplica("f5").build(1, 2);
    assertThat(looksAt(ring(400), oneEdge)).isEqualTo(looksAt(ring(20), oneEdge)).isLessThan(10);
    assertThat(looksAt(ring(400), oneReplica))
        .isEqualTo(looksAt(ring(20), oneReplica))
        .isLessThan(20);
  }

  @Test
  void oneOfManyFlowsMapsMadeOutOfEachOtherHoldsWhatItShould() {
    Random random = new Random(7);
    GraphFixture fixture = ring(30);
    Map<String, Port> ports = new HashMap<>();
    for (int f = 0; f < 30; f++) {
      ports.put("f" + f, new Port(f + 1, null));
    }
    Compiled compiled = Pipeline.compile(fixture.next(), ports);
    // Enough changes for the map to be folded several times.
    for (int i = 0; i < 3000; i++) {
      String caller = "acme/f" + random.nextInt(30);
      String callee = "acme/f" + random.nextInt(30);
      if (random.nextBoolean()) {
        fixture.edge(caller, callee);
      } else {
        fixture.withoutEdge(caller, callee);
      }
      Compiled next = Pipeline.compile(fixture.next(), Site.only(ports), compiled);
      FlowMap flows = next.flows();
      assertThat(flows.size()).isEqualTo(flows.values().size());
      assertThat(compiled.flows().mayDiffer(flows).size()).isLessThan(5000);
      compiled = next;
    }
    Compiled whole = Pipeline.compile(compiled.graph(), ports);
    assertThat(compiled.wantsTheSameAs(whole)).isTrue();
    assertThat(whole.wantsTheSameAs(compiled)).isTrue();
  }
}
