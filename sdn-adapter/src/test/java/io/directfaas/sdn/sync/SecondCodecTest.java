package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.openflow.FlowsRejectedException;
import io.directfaas.sdn.openflow.OpenFlowSession;
import io.directfaas.sdn.openflow.Role;
import io.directfaas.sdn.openflow.SessionConfig;
import io.directfaas.sdn.openflow.SwitchAddress;
import io.directfaas.sdn.openflow.SwitchConnection;
import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.Meter;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Port;
import io.directfaas.sdn.pipeline.Site;
import io.directfaas.sdn.pipeline.Table;
import io.directfaas.sdn.testing.CuttingProxy;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.OvsInstance;
import java.io.ByteArrayOutputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.projectfloodlight.openflow.protocol.OFFlowMod;
import org.projectfloodlight.openflow.protocol.match.MatchField;
import org.projectfloodlight.openflow.types.OFBufferId;
import org.projectfloodlight.openflow.types.OFGroup;
import org.projectfloodlight.openflow.types.OFPort;
import org.projectfloodlight.openflow.types.TableId;
import org.projectfloodlight.openflow.types.TransportPort;

/**
 * Every kind of message that we send is read by a codec that someone else wrote, os-ken's, and says
 * there what was meant here.
 */
class SecondCodecTest {
  private static final long SEED = 4;
  private static final int FUNCTIONS = 12;
  private static final String IN_A_BUNDLE = "bundle_add atomic,ordered: ";
  private static final SessionConfig CONFIG =
      new SessionConfig(
          Duration.ofSeconds(20),
          Duration.ofSeconds(20),
          Duration.ofSeconds(1),
          Duration.ofSeconds(60));

  /** The flows of the packet's way in docs/fabric.md, spelled out. */
  private static final String[] AS_DOCUMENTED = {
    "bundle_add atomic,ordered: flow_mod add table=0 priority=200 cookie=0xdfaa010000000002/0x0"
        + " match=[eth_src=02:df:00:00:00:02,eth_type=0x800,in_port=2,ipv4_src=10.88.0.2,"
        + "vlan_vid=0] then=[apply(set(tunnel_id=2))"
        + " write_metadata(0x20000000002/0xffffff000000ffff) goto(1)]",
    "bundle_add atomic,ordered: flow_mod add table=1 priority=100 cookie=0xdfaa030000000003/0x0"
        + " match=[eth_type=0x800,ipv4_dst=10.88.0.3,metadata=0x2/0xffff]"
        + " then=[write_metadata(0x30000/0xffffff0000) goto(2)]",
    "bundle_add atomic,ordered: flow_mod add table=2 priority=200 cookie=0xdfaa040000000002/0x0"
        + " match=[eth_type=0x800,ip_proto=6,metadata=0x20000030000/0xffffffffffff0000,"
        + "tcp_dst=8080] then=[goto(4)]",
    "bundle_add atomic,ordered: flow_mod add table=2 priority=10 cookie=0xdfaa050000000000/0x0"
        + " match=[eth_type=0x800,ip_proto=6,tcp_flags=0x10/0x10] then=[goto(3)]",
    "bundle_add atomic,ordered: flow_mod add table=4 priority=100 cookie=0xdfaa070000000002/0x0"
        + " match=[metadata=0x2/0xffff] then=[meter(2) goto(5)]",
    "bundle_add atomic,ordered: flow_mod add table=5 priority=100 cookie=0xdfaa080000000003/0x0"
        + " match=[eth_type=0x800,ipv4_dst=10.88.0.3,metadata=0x2/0xffff]"
        + " then=[apply(set(eth_dst=02:df:00:00:00:03),output(3,0))]",
  };

  private static final String[] CONTROL = {
    "hello versions=[5]",
    "error type=0 code=0",
    "set_config flags=0 miss_send_len=128",
    "echo_reply data=0df0",
    "role_request nochange generation=0",
    "role_request slave generation=6",
    "role_request master generation=7",
    "role_request equal generation=7",
    "multipart_request flow table=0",
    "multipart_request flow table=11",
    "multipart_request aggregate table=2",
    "multipart_request meter all",
    "multipart_request meter_config all",
    "bundle_control open",
    "bundle_control close",
    "bundle_control commit",
    "bundle_control discard",
  };

  /** Of what does not have the lowest bit of our mark, 0xdfaa. */
  private static final String BY_COOKIE =
      "flow_mod delete table=1 priority=0 cookie=0x1000000000000/0x1000000000000"
          + " match=[] then=[]";

  /** An echo request with two bytes. */
  private static final byte[] ECHO = {5, 2, 0, 10, 0, 0, 0, 99, 0x0d, (byte) 0xf0};

  private static final byte[] HELLO_OF_13 = {4, 0, 0, 8, 0, 0, 0, 1};

  @TempDir private Path folder;
  private OvsInstance ovs;
  private final ByteArrayOutputStream sent = new ByteArrayOutputStream();
  private final Set<String> meantFlows = new HashSet<>();
  private final Set<String> meantDeletes = new HashSet<>();
  private final Set<String> meantMeters = new HashSet<>();

  @BeforeEach
  void start() throws Exception {
    ovs = OvsInstance.dummy();
  }

  @AfterEach
  void stop() {
    ovs.close();
  }

  @Test
  void osKenReadsEveryMessageThatWeSendAsItWasMeant() throws Exception {
    try (CuttingProxy proxy = new CuttingProxy(ovs.managementSocket(), Long.MAX_VALUE);
        SwitchConnection connection = connect(proxy)) {
      await().atMost(OvsInstance.PATIENCE).until(() -> connection.session().isPresent());
      OpenFlowSession session = connection.session().orElseThrow();
      session.receivePackets(packet -> {});
      carryGraphs(session);
      readWhatIsForeign(session);
      assertThatThrownBy(() -> session.commit(List.of(withoutPrerequisite())))
          .isInstanceOf(FlowsRejectedException.class);
      meantFlows.add("flow_mod add table=20 priority=7 cookie=0x0/0x0 match=[tcp_dst=80] then=[]");
      session.meterCounters();
      session.generation();
      session.become(Role.SLAVE, 6);
      session.become(Role.MASTER, 7);
      session.become(Role.EQUAL, 7);
      proxy.toController(ECHO);
      int bytes = proxy.passed().length;
      // An answer to the echo, and an echo of our own.
      await().atMost(OvsInstance.PATIENCE).until(() -> proxy.passed().length >= bytes + 18);
      sent.write(proxy.passed());
    }
    refuseOtherVersions();

    List<String> lines = read();

    assertThat(lines).noneMatch(l -> l.startsWith("unreadable") || l.contains("differs: "));
    areTheSame(bundled(lines, "flow_mod add"), meantFlows);
    areTheSame(bundled(lines, "flow_mod delete_strict"), meantDeletes);
    areTheSame(starting(lines, "meter_mod"), meantMeters);
    assertThat(lines).contains(AS_DOCUMENTED).contains(CONTROL);
    // Two tables, a delete for each bit of our mark, and one for all that then stood in the second.
    assertThat(bundled(lines, "flow_mod delete ")).hasSize(2 * 16 + 1).contains(BY_COOKIE);
    assertThat(lines.stream().map(line -> line.split(" ")[0]).collect(Collectors.toSet()))
        .containsExactlyInAnyOrder(
            "hello",
            "error",
            "echo_request",
            "echo_reply",
            "features_request",
            "set_config",
            "role_request",
            "multipart_request",
            "barrier_request",
            "meter_mod",
            "bundle_control",
            "bundle_add");
  }

  private static SwitchConnection connect(CuttingProxy proxy) {
    SwitchConnection connection =
        new SwitchConnection(SwitchAddress.unix(proxy.socket()), CONFIG, () -> {});
    connection.start();
    return connection;
  }

  /** Three graphs after each other: meters come, change and go, and so do edges. */
  private void carryGraphs(OpenFlowSession session) throws Exception {
    Random random = new Random(SEED);
    GraphFixture graphs = new GraphFixture().tenant("acme").tenant("globex");
    Map<String, Port> ports = new HashMap<>();
    List<String> functions = new ArrayList<>();
    for (int i = 0; i < FUNCTIONS; i++) {
      String function = (i % 3 == 2 ? "globex/f" : "acme/f") + i;
      Replica replica = GraphFixture.replica(function, "r" + i, i + 2);
      graphs.function(function).replica(GraphFixture.on(i < 8 ? "n1" : "n2", replica));
      functions.add(function);
      if (i < 8) {
        ports.put(replica.id(), new Port(i + 2, replica.mac()));
      }
    }
    graphs.edge("acme/f0", "acme/f1").edge("acme/f0", "acme/f9").edge("ingress", "acme/f0");
    edges(graphs, functions, random);
    Site site =
        new Site(
            "n1", ports, 99, Map.of("n1", Ipv4.parse("192.0.2.1"), "n2", Ipv4.parse("192.0.2.2")));
    Compiled before = Compiled.NOTHING;
    for (String bandwidth : List.of("200Mbit", "50Mbit", "")) {
      var limit = bandwidth.isEmpty() ? null : Bandwidth.parse(bandwidth);
      graphs.next();
      Compiled now =
          Pipeline.compile(edges(graphs.bandwidth("acme", limit), functions, random).next(), site);
      new Reconciler(session).run(now.flows(), now.meters(), false);
      meant(before, now);
      before = now;
    }
    meant(before, Compiled.NOTHING);
  }

  private static GraphFixture edges(GraphFixture graphs, List<String> functions, Random random) {
    for (int i = 0; i < FUNCTIONS; i++) {
      String from = functions.get(random.nextInt(FUNCTIONS));
      String to = functions.get(random.nextInt(FUNCTIONS));
      if (random.nextInt(3) > 0) {
        graphs.edge(from, to);
      } else if (!from.equals("acme/f0")) {
        graphs.withoutEdge(from, to);
      }
    }
    return graphs;
  }

  private void meant(Compiled before, Compiled now) {
    for (Flow flow : now.flows().values()) {
      meantFlows.add(FlowText.add(flow));
    }
    for (Flow.Key key : before.flows().keySet()) {
      // In the end table 2 is not read, but written anew.
      boolean wiped = now.flows().isEmpty() && key.table() == Table.EDGE;
      if (!now.flows().containsKey(key) && !wiped) {
        meantDeletes.add(FlowText.delete(key));
      }
    }
    for (Meter meter : now.meters().values()) {
      Meter known = before.meters().get(meter.id());
      if (!meter.equals(known)) {
        meantMeters.add(FlowText.put(known == null ? "add" : "modify", meter));
      }
    }
    for (Integer id : before.meters().keySet()) {
      if (!now.meters().containsKey(id)) {
        meantMeters.add("meter_mod delete meter=" + id + " flags=[] bands=[]");
      }
    }
  }

  /** Flows that our codec cannot read, a foreign one and one with our mark; then all goes. */
  private void readWhatIsForeign(OpenFlowSession session) throws Exception {
    ovs.ofctl("add-flow", "table=1,priority=5,actions=resubmit(,22)");
    ovs.ofctl("add-flow", "cookie=0xdfaa000000000000,table=2,priority=5,actions=resubmit(,22)");
    new Reconciler(session).run(Map.of(), Map.of(), false);
  }

  /** Refused with BAD_PREREQ: a TCP port without saying that it is TCP. */
  private static OFFlowMod withoutPrerequisite() {
    return OpenFlowSession.FACTORY
        .buildFlowAdd()
        .setTableId(TableId.of(20))
        .setPriority(7)
        .setMatch(
            OpenFlowSession.FACTORY
                .buildMatch()
                .setExact(MatchField.TCP_DST, TransportPort.of(80))
                .build())
        .setBufferId(OFBufferId.NO_BUFFER)
        .setOutPort(OFPort.ANY)
        .setOutGroup(OFGroup.ANY)
        .build();
  }

  /** Open vSwitch would end such a session itself before it has heard what we say to it. */
  private void refuseOtherVersions() throws Exception {
    Path socket = folder.resolve("old");
    try (ServerSocketChannel old = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      old.bind(UnixDomainSocketAddress.of(socket));
      try (SwitchConnection connection =
          new SwitchConnection(SwitchAddress.unix(socket), CONFIG, () -> {})) {
        connection.start();
        try (SocketChannel session = old.accept()) {
          session.write(ByteBuffer.wrap(HELLO_OF_13));
          sent.write(Channels.newInputStream(session).readAllBytes());
        }
      }
    }
  }

  private List<String> read() throws Exception {
    Path sources = Path.of("src/test/osken").toAbsolutePath();
    Path file = Files.write(folder.resolve("sent"), sent.toByteArray());
    String python = run(sources.resolve("install.sh").toString()).strip();
    return run(python, sources.resolve("read.py").toString(), file.toString()).lines().toList();
  }

  private static String run(String... command) throws Exception {
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(String.join(" ", command)).isZero();
    return output;
  }

  private static void areTheSame(Set<String> read, Set<String> meant) {
    assertThat(read).isNotEmpty();
    // By halves, for the sets are long.
    assertThat(without(read, meant)).as("read, but not meant").isEmpty();
    assertThat(without(meant, read)).as("meant, but not read").isEmpty();
  }

  private static Set<String> without(Set<String> some, Set<String> others) {
    Set<String> rest = new TreeSet<>(some);
    rest.removeAll(others);
    return rest;
  }

  private static Set<String> bundled(List<String> lines, String start) {
    return starting(
        lines.stream()
            .filter(line -> line.startsWith(IN_A_BUNDLE))
            .map(line -> line.substring(IN_A_BUNDLE.length()))
            .toList(),
        start);
  }

  private static Set<String> starting(List<String> lines, String start) {
    return lines.stream().filter(line -> line.startsWith(start)).collect(Collectors.toSet());
  }
}
