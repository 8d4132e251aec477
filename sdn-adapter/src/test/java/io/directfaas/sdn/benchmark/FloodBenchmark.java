package io.directfaas.sdn.benchmark;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.Replica;
import io.directfaas.sdn.testing.Adapter;
import io.directfaas.sdn.testing.GraphFixture;
import io.directfaas.sdn.testing.Namespaces;
import io.directfaas.sdn.testing.OvsInstance;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/**
 * What a tenant feels of another one that floods: the other sends ten times its bandwidth along an
 * edge it has, packet after packet, without TCP to hold it back; its meter lets a tenth pass. Quiet
 * and flood take turns. Needs root. Not part of the ordinary build; {@code load-tests/fabric/run
 * flood} runs it.
 */
class FloodBenchmark {
  private static final Replica A = GraphFixture.replica("calm/a", "a", 2);
  private static final Replica B = GraphFixture.replica("calm/b", "b", 3);
  private static final Replica X = GraphFixture.replica("loud/x", "x", 4);
  private static final Replica Y = GraphFixture.replica("loud/y", "y", 5);
  private static final int ROUNDS = Integer.getInteger("rounds", 6);
  private static final int TIMES_ITS_LIMIT = 10;
  private static final double SECONDS = 1;

  /**
   * Segments of an established connection that is none, in time: those that the millisecond before
   * did not take are sent with the next ones.
   */
  private static final String FLOOD =
      """
      import socket, struct, sys, time
      src, dst = sys.argv[1], sys.argv[2]
      smac, dmac = (bytes.fromhex(m.replace(':', '')) for m in sys.argv[3:5])
      megabits = float(sys.argv[5])
      body = b'x' * 1400
      def total(b):
          s = sum(struct.unpack('!%dH' % (len(b) // 2), b)); s = (s >> 16) + (s & 0xffff)
          return ~(s + (s >> 16)) & 0xffff
      s, d = socket.inet_aton(src), socket.inet_aton(dst)
      ip = struct.pack('!BBHHHBBH', 0x45, 0, 40 + len(body), 0, 0, 64, 6, 0) + s + d
      ip = ip[:10] + struct.pack('!H', total(ip)) + ip[12:]
      tcp = struct.pack('!HHIIBBHHH', 40000, 8080, 1, 1, 0x50, 0x10, 1024, 0, 0)
      pseudo = s + d + struct.pack('!BBH', 0, 6, len(tcp) + len(body))
      tcp = tcp[:16] + struct.pack('!H', total(pseudo + tcp + body)) + tcp[18:]
      frame = dmac + smac + b'\\x08\\x00' + ip + tcp + body
      out = socket.socket(socket.AF_PACKET, socket.SOCK_RAW); out.bind(('eth0', 0))
      rate = megabits * 1e6 / 8 / len(frame); start = time.monotonic(); sent = 0
      print('ready', flush=True)
      while True:
          due = int((time.monotonic() - start) * rate)
          while sent < due:
              out.send(frame); sent += 1
          time.sleep(0.001)
      """;

  private final Namespaces namespaces = new Namespaces();
  private final GraphFixture graphs =
      new GraphFixture()
          .tenant("calm")
          .tenant("loud")
          .function("calm/a")
          .replica(A)
          .function("calm/b")
          .replica(B)
          .edge("calm/a", "calm/b")
          .function("loud/x")
          .replica(X)
          .function("loud/y")
          .replica(Y)
          .edge("loud/x", "loud/y");

  @Test
  void anotherTenantsFlood() throws Exception {
    String fabric = namespaces.create("fabric");
    try (OvsInstance ovs = OvsInstance.inNamespace(fabric);
        Adapter adapter = new Adapter(ovs)) {
      List<String> inside = new ArrayList<>();
      for (Replica replica : List.of(A, B, X, Y)) {
        inside.add(namespaces.replica(replica, fabric, "veth-" + replica.id()));
        ovs.plugDevice(replica, "veth-" + replica.id());
      }
      adapter.carry(graphs.next());
      try (Peer.Remote server = new Peer.Remote(inside.get(1), "serve", "8080");
          Peer.Remote client = new Peer.Remote(inside.get(0), "call", B.ip().toString(), "8080")) {
        for (int megabits : new int[] {10, 50}) {
          adapter.carry(graphs.bandwidth("loud", Bandwidth.parse(megabits + "Mbit")).next());
          turns(adapter, client, inside.get(2), megabits);
        }
      }
    } finally {
      namespaces.close();
    }
  }

  private static void turns(Adapter adapter, Peer.Remote client, String loud, int megabits)
      throws Exception {
    List<double[]> throughput = new ArrayList<>();
    List<double[]> p50 = new ArrayList<>();
    List<double[]> p99 = new ArrayList<>();
    for (int round = 0; round <= ROUNDS; round++) {
      double[][] figures = new double[3][4];
      for (int turn = 0; turn < 4; turn++) {
        Process flood = turn == 0 || turn == 3 ? flood(loud, megabits * TIMES_ITS_LIMIT) : null;
        try {
          client.order("ask 0.2");
          double[] asked = client.order("ask " + SECONDS);
          figures[0][turn] = client.order("stream " + SECONDS)[0];
          figures[1][turn] = asked[1];
          figures[2][turn] = asked[2];
        } finally {
          if (flood != null) {
            flood.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
          }
        }
      }
      if (round > 0) {
        throughput.add(figures[0]);
        p50.add(figures[1]);
        p99.add(figures[2]);
      }
    }
    long held = adapter.sync().observeMeters().stream().mapToLong(m -> held(m)).sum();
    Figures.report(
        "flood of %d Mbit/s against a limit of %d: the meters have held back %d packets",
        megabits * TIMES_ITS_LIMIT, megabits, held);
    Figures.compare("the other tenant's throughput", "flooded", "quiet", throughput);
    Figures.compare("its p50", "flooded", "quiet", p50);
    Figures.compare("its p99", "flooded", "quiet", p99);
  }

  private static long held(org.projectfloodlight.openflow.protocol.OFMeterStats meter) {
    return meter.getBandStats().stream()
        .mapToLong(band -> band.getPacketBandCount().getValue())
        .sum();
  }

  private static Process flood(String namespace, int megabits) throws IOException {
    Process process =
        new ProcessBuilder(
                "ip",
                "netns",
                "exec",
                namespace,
                "python3",
                "-c",
                FLOOD,
                X.ip().toString(),
                Y.ip().toString(),
                X.mac().toString(),
                Y.mac().toString(),
                Integer.toString(megabits))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    process.inputReader().readLine();
    return process;
  }
}
