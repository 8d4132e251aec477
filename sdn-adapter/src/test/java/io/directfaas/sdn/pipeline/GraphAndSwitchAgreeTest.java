package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import io.directfaas.sdn.testing.Packets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random graphs of several tenants, addresses of which overlap: for every pair of replicas and
 * every sort of packet, what the switch would do is what the graph says. The graph is read here by
 * rules of this test's own, not by the pipeline's.
 */
class GraphAndSwitchAgreeTest {
  private static final int REPLICAS = 9;
  private static final int GRAPHS = 4;
  private static final int EPHEMERAL = 40000;
  private static final String DROP = "drop";
  private static final Ipv4 NOBODY = Ipv4.parse("10.88.77.77");

  private static OvsInstance ovs;
  private static Adapter adapter;

  @BeforeAll
  static void start() throws Exception {
    ovs = OvsInstance.dummy();
    Map<Replica, Integer> ports = new LinkedHashMap<>();
    // The last one is never plugged in.
    for (int i = 1; i < REPLICAS; i++) {
      ports.put(GraphFixture.replica("acme/x", "r" + i, "10.88.0.1", i, 8080), i);
    }
    ovs.plugDummies(ports);
    adapter = new Adapter(ovs);
  }

  @AfterAll
  static void stop() {
    adapter.close();
    ovs.close();
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 22, 333})
  void forEveryPairAndEverySortOfPacket(long seed) throws Exception {
    int traced = 0;
    Random random = new Random(seed);
    int delivered = 0;
    for (int n = 0; n < GRAPHS; n++) {
      // Each graph is of another owner, so that the last one is forgotten whole.
      Graph graph = randomGraph(random, seed + "/" + n).next();
      adapter.carry(graph);
      Map<Integer, Integer> datapathPorts = datapathPorts();
      for (Replica from : plugged(graph)) {
        for (Ipv4 to : addresses(graph)) {
          for (Case c : cases(graph, from, to)) {
            String expected =
                c.expected()
                    .map(p -> Integer.toString(datapathPorts.getOrDefault(p, -1)))
                    .orElse(DROP);
            String actual = lastAction(ovs.trace(c.packet()));
            assertThat(actual)
                .as("seed %d graph %d: %s (%s)%n%s", seed, n, c.name(), c.packet(), describe(graph))
                .isEqualTo(expected);
            traced++;
            delivered += expected.equals(DROP) ? 0 : 1;
          }
        }
      }
    }
    assertThat(traced).isGreaterThan(1000);
    assertThat(delivered).isGreaterThan(30);
  }

  /** A packet, and the OpenFlow port it must come out of, if any. */
  private record Case(String name, String packet, Optional<Integer> expected) {}

  private static List<Case> cases(Graph graph, Replica from, Ipv4 to) {
    int in = port(from);
    Optional<Replica> target = meant(graph, from, to);
    Optional<Integer> none = Optional.empty();
    int calleePort = target.map(Replica::port).orElse(8080);
    // A packet to oneself never leaves one's own network stack, and a switch returns none to its
    // port.
    Optional<Replica> other = target.filter(t -> !t.equals(from));
    Optional<Integer> call = other.filter(t -> edge(graph, from, t)).map(t -> port(t));
    Optional<Integer> reply = other.filter(t -> edge(graph, t, from)).map(t -> port(t));
    MacAddress otherMac = new MacAddress(from.mac().bits() ^ 0x40);
    Ipv4 otherIp = from.ip().plus(100);
    List<Case> cases = new ArrayList<>();
    cases.add(new Case("call", Packets.tcp(in, from, to, EPHEMERAL, calleePort, "syn"), call));
    cases.add(
        new Case("call's ack", Packets.tcp(in, from, to, EPHEMERAL, calleePort, "ack"), call));
    cases.add(
        new Case("call's rst", Packets.tcp(in, from, to, EPHEMERAL, calleePort, "rst"), call));
    cases.add(
        new Case("wrong port", Packets.tcp(in, from, to, EPHEMERAL, calleePort + 1, "syn"), none));
    cases.add(
        new Case("reply", Packets.tcp(in, from, to, from.port(), EPHEMERAL, "syn|ack"), reply));
    cases.add(
        new Case(
            "reply's data", Packets.tcp(in, from, to, from.port(), EPHEMERAL, "psh|ack"), reply));
    cases.add(
        new Case("reply's rst", Packets.tcp(in, from, to, from.port(), EPHEMERAL, "rst"), reply));
    cases.add(
        new Case(
            "reply that opens", Packets.tcp(in, from, to, from.port(), EPHEMERAL, "syn"), none));
    cases.add(
        new Case(
            "reply that opens and resets",
            Packets.tcp(in, from, to, from.port(), EPHEMERAL, "syn|rst"),
            none));
    cases.add(
        new Case(
            "reply of another port",
            Packets.tcp(in, from, to, from.port() + 1, EPHEMERAL, "ack"),
            none));
    cases.add(new Case("udp", Packets.udp(in, from, to, calleePort), none));
    cases.add(
        new Case(
            "forged address",
            Packets.tcp(in, from.mac(), otherIp, to, EPHEMERAL, calleePort, "syn"),
            none));
    cases.add(
        new Case(
            "forged mac",
            Packets.tcp(in, otherMac, from.ip(), to, EPHEMERAL, calleePort, "syn"),
            none));
    cases.add(
        new Case(
            "forged both, of one who may",
            Packets.tcp(in, otherMac, otherIp, to, EPHEMERAL, calleePort, "syn"),
            none));
    cases.add(
        new Case(
            "tagged",
            "dl_vlan=7," + Packets.tcp(in, from, to, EPHEMERAL, calleePort, "syn"),
            none));
    cases.add(new Case("arp", Packets.arpRequest(in, from, to), target.map(t -> in)));
    cases.add(
        new Case(
            "forged arp",
            Packets.arpRequest(in, from, to).replace("arp_spa=" + from.ip(), "arp_spa=" + otherIp),
            none));
    cases.add(
        new Case(
            "forged arp mac",
            Packets.arpRequest(in, from, to)
                .replace("arp_sha=" + from.mac(), "arp_sha=" + otherMac),
            none));
    cases.add(
        new Case(
            "unasked arp reply",
            Packets.arpRequest(in, from, to).replace("arp_op=1", "arp_op=2"),
            none));
    cases.add(
        new Case(
            "from a port of no one",
            Packets.tcp(99, from, to, EPHEMERAL, calleePort, "syn"),
            none));
    return cases;
  }

  private static boolean edge(Graph graph, Replica caller, Replica callee) {
    return graph.edge(caller.function(), callee.function()).isPresent();
  }

  /**
   * Who it is that a sender means by an address: a replica of its own tenant before all, else the
   * only one of another tenant that some edge connects with the sender's tenant, either way. No
   * one, if its own tenant has the address twice.
   */
  private static Optional<Replica> meant(Graph graph, Replica from, Ipv4 to) {
    String tenant = from.function().namespace();
    List<Replica> own = new ArrayList<>();
    List<Replica> others = new ArrayList<>();
    for (Replica candidate : plugged(graph)) {
      if (candidate.ip().equals(to) && connected(graph, tenant, candidate.function())) {
        (candidate.function().namespace().equals(tenant) ? own : others).add(candidate);
      }
    }
    List<Replica> candidates = own.isEmpty() ? others : own;
    return candidates.size() == 1 ? Optional.of(candidates.getFirst()) : Optional.empty();
  }

  private static boolean connected(Graph graph, String tenant, FunctionRef function) {
    for (Edge edge : graph.edges().values()) {
      if ((edge.callee().equals(function) && edge.caller().namespace().equals(tenant))
          || (edge.caller().equals(function) && edge.callee().namespace().equals(tenant))) {
        return true;
      }
    }
    return false;
  }

  private static List<Replica> plugged(Graph graph) {
    return graph.replicas().values().stream().filter(r -> port(r) < REPLICAS).toList();
  }

  private static int port(Replica replica) {
    return Integer.parseInt(replica.id().substring(1));
  }

  private static Set<Ipv4> addresses(Graph graph) {
    Set<Ipv4> addresses = new TreeSet<>();
    graph.replicas().values().forEach(r -> addresses.add(r.ip()));
    addresses.add(NOBODY);
    return addresses;
  }

  /**
   * The ingress, and three tenants with a few functions each; addresses from a small common pool,
   * now and then the same twice within a tenant.
   */
  private static GraphFixture randomGraph(Random random, String owner) {
    GraphFixture fixture = new GraphFixture(owner);
    List<String> functions = new ArrayList<>();
    for (String tenant : List.of("red", "green", "blue")) {
      fixture.tenant(tenant);
      for (int f = 0; f < 1 + random.nextInt(3); f++) {
        fixture.function(tenant + "/f" + f);
        functions.add(tenant + "/f" + f);
      }
    }
    Map<String, Integer> portOf = new HashMap<>();
    Set<String> taken = new HashSet<>();
    for (int i = 1; i <= REPLICAS; i++) {
      String function =
          i == 1 ? FunctionRef.INGRESS.toString() : functions.get(random.nextInt(functions.size()));
      String tenant = GraphFixture.ref(function).namespace();
      String ip;
      do {
        ip = "10.88.0." + (10 + random.nextInt(8));
      } while (!taken.add(tenant + ip) && random.nextInt(6) > 0);
      int tcp = portOf.computeIfAbsent(function, f -> 8080 + 10 * random.nextInt(3));
      fixture.replica(GraphFixture.replica(function, "r" + i, ip, i, tcp));
    }
    List<String> callers = new ArrayList<>(functions);
    callers.add("ingress");
    for (String caller : callers) {
      for (String callee : functions) {
        boolean sameTenant =
            GraphFixture.ref(caller).namespace().equals(GraphFixture.ref(callee).namespace());
        if (random.nextInt(100) < (sameTenant ? 45 : 20)) {
          fixture.edge(caller, callee);
        }
      }
    }
    return fixture;
  }

  private static String lastAction(String actions) {
    int comma = actions.lastIndexOf(',');
    return comma < 0 ? actions : actions.substring(comma + 1);
  }

  private static Map<Integer, Integer> datapathPorts() {
    Map<Integer, Integer> ports = new HashMap<>();
    Matcher matcher = Pattern.compile("p\\d+ (\\d+)/(\\d+):").matcher(ovs.appctl("dpif/show"));
    while (matcher.find()) {
      ports.put(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
    }
    return ports;
  }

  private static String describe(Graph graph) {
    StringBuilder text = new StringBuilder();
    graph.replicas().values().forEach(r -> text.append(r).append('\n'));
    graph.edgesInOrder().forEach(e -> text.append(e.key()).append('\n'));
    return text.toString();
  }
}
