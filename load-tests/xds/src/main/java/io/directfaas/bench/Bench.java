package io.directfaas.bench;

import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.protocol.Limits;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.store.SecretSource;
import io.directfaas.xds.stream.DiscoveryServices;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.StreamLimits;
import io.directfaas.xds.stream.StreamRegistry;
import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.ServerInterceptors;
import io.grpc.netty.NettyServerBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Many incremental clients on one server: memory, time from a change to the last ACK of it, and a
 * restart. The server is this process; the clients are another one, so that the heap is the
 * server's own. Who a client is, it says in a header: credentials are no part of what is measured.
 */
public final class Bench {
  static final Metadata.Key<String> NODE =
      Metadata.Key.of("node", Metadata.ASCII_STRING_MARSHALLER);
  private static final Context.Key<Peer> CALLER = Context.key("caller");
  private static final int CALLEES = 24;

  private Bench() {}

  static EnvoyResources resources() {
    return new EnvoyResources(
        new IngressConfig("127.0.0.1", 8080, null, "/run/gateway.sock", "openfaas-fn"));
  }

  /**
   * @param args {@code store}, or {@code streams CLIENTS}, or {@code ingress ENVOY}, or {@code
   *     clients CLIENTS PORT}
   */
  public static void main(String[] args) throws Exception {
    switch (args[0]) {
      case "store" -> {
        ChangeCost.run(1_000, 1_000, 10_000, 100_000);
        ChangeCost.ingress(100, 1_000, 10_000);
      }
      case "streams" -> new Run(Integer.parseInt(args[1])).all();
      case "ingress" -> IngressChanges.run(args[1], 100, 1_000, 10_000);
      case "clients" -> Clients.run(Integer.parseInt(args[1]), Integer.parseInt(args[2]));
      default -> throw new IllegalArgumentException("unknown benchmark '" + args[0] + "'");
    }
    System.exit(0);
  }

  /** The server's identity check, and nothing more. */
  private static final class FromHeader implements ServerInterceptor {
    private final Graphs graph;

    FromHeader(Graphs graph) {
      this.graph = graph;
    }

    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
      int number = Integer.parseInt(String.valueOf(headers.get(NODE)));
      Peer identity = new Peer.Sidecar(new WorkloadIdentity("r" + number, graph.ref(number)));
      return Contexts.interceptCall(
          Context.current().withValue(CALLER, identity), call, headers, next);
    }
  }

  /** One server's life. */
  private record Instance(Metrics metrics, StreamRegistry registry, Mesh mesh, Server server) {
    static Instance start(Graphs graph, int port) throws Exception {
      Metrics metrics = new Metrics();
      StreamLimits limits =
          new StreamLimits(20_000, 16, 100_000, 100, 1_000, 4 << 20, Limits.DEFAULT);
      StreamRegistry registry =
          new StreamRegistry(metrics, limits, Duration.ofMillis(20), Duration.ofSeconds(1));
      Mesh mesh = new Mesh(resources(), SecretSource.NONE, registry, Duration.ofSeconds(60));
      Server server =
          NettyServerBuilder.forAddress(
                  new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
              .directExecutor()
              .addServices(
                  DiscoveryServices.of(registry, CALLER::get).stream()
                      .map(service -> ServerInterceptors.intercept(service, new FromHeader(graph)))
                      .toList())
              .build()
              .start();
      return new Instance(metrics, registry, mesh, server);
    }

    List<Laggard> go(Graphs graph, boolean whole) throws Exception {
      return mesh.go(graph.graph(), whole ? null : graph.delta())
          .toCompletableFuture()
          .get(120, TimeUnit.SECONDS);
    }

    long settled() {
      return registry.settledStreams();
    }

    void close() throws Exception {
      server.shutdownNow();
      server.awaitTermination(10, TimeUnit.SECONDS);
      registry.close();
    }
  }

  /** The whole benchmark. */
  private static final class Run {
    private final int clients;
    private final Graphs graph;

    Run(int clients) {
      this.clients = clients;
      this.graph = new Graphs(clients, CALLEES, 0);
    }

    void all() throws Exception {
      Instance first = Instance.start(graph, 0);
      int port = first.server.getPort();
      first.go(graph, true);
      Process process = startClients(port);
      try {
        double connected = awaitSettled(first);
        System.out.printf(
            Locale.ROOT,
            "%d clients, %d resources each: connected and settled after %.1f s, heap %d MiB of"
                + " %d MiB%n",
            clients,
            2 * CALLEES + 2,
            connected,
            heap(),
            Runtime.getRuntime().maxMemory() >> 20);
        System.out.println("one edge, change to last ACK:     " + changes(first, true));
        System.out.println("one endpoint, change to last ACK: " + changes(first, false));
        first.close();
        Instance second = Instance.start(graph, port);
        long started = System.nanoTime();
        second.go(graph, true);
        awaitSettled(second);
        System.out.printf(
            Locale.ROOT,
            "restart: all reconnected and settled after %.1f s, resources sent again: %d%n",
            (System.nanoTime() - started) / 1e9,
            second.metrics.resourcesSent());
        second.close();
      } finally {
        process.destroyForcibly().waitFor();
      }
    }

    private Process startClients(int port) throws Exception {
      return new ProcessBuilder(
              ProcessHandle.current().info().command().orElse("java"),
              "-Xmx2g",
              "-XX:+UseSerialGC",
              "-cp",
              System.getProperty("java.class.path"),
              Bench.class.getName(),
              "clients",
              Integer.toString(clients),
              Integer.toString(port))
          .inheritIO()
          .start();
    }

    private double awaitSettled(Instance instance) throws InterruptedException {
      long started = System.nanoTime();
      long reported = started;
      while (instance.settled() < clients) {
        Thread.sleep(50);
        if (System.nanoTime() - reported > 20_000_000_000L) {
          reported = System.nanoTime();
          System.out.println("  settled so far: " + instance.settled());
        }
        if (System.nanoTime() - started > 400_000_000_000L) {
          throw new IllegalStateException("only " + instance.settled() + " clients settled");
        }
      }
      return (System.nanoTime() - started) / 1e9;
    }

    private Times changes(Instance instance, boolean edge) throws Exception {
      Times times = new Times();
      for (int i = 0; i < 300; i++) {
        int number = i * 31 % clients;
        int port = 9000 + i;
        if (edge) {
          graph.change(delta -> delta.put(graph.edge(number, number + 1000)));
        } else {
          graph.change(delta -> delta.put(graph.replica(number, port)));
        }
        long started = System.nanoTime();
        List<Laggard> laggards = instance.go(graph, false);
        if (!laggards.isEmpty()) {
          throw new IllegalStateException("not acked: " + laggards);
        }
        times.add(System.nanoTime() - started);
      }
      return times;
    }

    private static long heap() {
      System.gc();
      Runtime runtime = Runtime.getRuntime();
      return runtime.totalMemory() - runtime.freeMemory() >> 20;
    }
  }
}
