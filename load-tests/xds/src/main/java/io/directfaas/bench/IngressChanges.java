package io.directfaas.bench;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.watch.Laggard;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.resources.EnvoyResources;
import io.directfaas.xds.resources.IngressConfig;
import io.directfaas.xds.store.SecretSource;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.UnixSocketServers;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * The ingress as the number of public functions grows: from a change of the graph to the ACK of a
 * real Envoy, and what finding a call's route costs there.
 */
final class IngressChanges {
  private static final int ROUNDS = 40;
  private static final int CALLS = 2_000;

  private final Graphs graph;
  private final Mesh mesh;
  private final int size;
  private final int port;

  private IngressChanges(Graphs graph, Mesh mesh, int size, int port) {
    this.graph = graph;
    this.mesh = mesh;
    this.size = size;
    this.port = port;
  }

  static void run(String envoy, int... sizes) throws Exception {
    for (int size : sizes) {
      Path directory = Files.createTempDirectory("ingress");
      int port = freePort();
      EnvoyResources resources =
          new EnvoyResources(
              new IngressConfig(
                  "127.0.0.1", port, null, directory.resolve("gateway").toString(), "bench"));
      StreamRegistry streams = new StreamRegistry(new Metrics());
      Mesh mesh = new Mesh(resources, SecretSource.NONE, streams, Duration.ofSeconds(60));
      UnixSocketServers sockets = new UnixSocketServers(streams);
      Path socket = directory.resolve("xds");
      sockets.open(socket, new WorkloadIdentity("ingress", FunctionRef.INGRESS), 0, 0);
      Process process = start(envoy, directory, socket);
      try {
        IngressChanges changes =
            new IngressChanges(new Graphs(size + 1000, 1, size), mesh, size, port);
        changes.measure(streams, process.toHandle());
      } finally {
        process.destroyForcibly().waitFor();
        sockets.close();
        streams.close();
        delete(directory);
      }
    }
  }

  private static Process start(String envoy, Path directory, Path socket) throws IOException {
    Path config = directory.resolve("envoy.json");
    Files.writeString(
        config,
        EnvoyBootstrap.of("ingress", FunctionRef.INGRESS, socket, directory.resolve("admin"))
            .json());
    return new ProcessBuilder(
            List.of(
                envoy,
                "-c",
                config.toString(),
                "--concurrency",
                "1",
                "--disable-hot-restart",
                "-l",
                "error"))
        .redirectErrorStream(true)
        .redirectOutput(directory.resolve("log").toFile())
        .start();
  }

  private void measure(StreamRegistry streams, ProcessHandle envoy) throws Exception {
    long started = System.nanoTime();
    go(true);
    while (streams.settledStreams() < 1) {
      Thread.sleep(10);
      if (System.nanoTime() - started > 300_000_000_000L) {
        throw new IllegalStateException("the Envoy has not taken its configuration");
      }
    }
    double connected = (System.nanoTime() - started) / 1e6;
    double ours = cpu(ProcessHandle.current());
    double its = cpu(envoy);
    Times added = new Times();
    Times asleep = new Times();
    for (int i = 0; i < ROUNDS; i++) {
      int more = size + i;
      graph.change(delta -> delta.put(graph.publicEdge(more)));
      added.add(go(false));
      graph.change(delta -> delta.removeReplica("r" + more));
      asleep.add(go(false));
    }
    int changes = 2 * ROUNDS;
    System.out.printf(
        Locale.ROOT,
        "public functions=%d whole: %.0f ms; one more, change to ACK: %s; one asleep: %s; CPU per"
            + " change: server %.1f ms, Envoy %.1f ms; search for a route: %s%n",
        size,
        connected,
        added,
        asleep,
        (cpu(ProcessHandle.current()) - ours) / changes,
        (cpu(envoy) - its) / changes,
        calls());
  }

  /** What a process has used until now, in milliseconds. */
  private static double cpu(ProcessHandle process) {
    return process.info().totalCpuDuration().orElseThrow().toNanos() / 1e6;
  }

  private long go(boolean whole) throws Exception {
    long started = System.nanoTime();
    List<Laggard> laggards =
        mesh.go(graph.graph(), whole ? null : graph.delta())
            .toCompletableFuture()
            .get(120, TimeUnit.SECONDS);
    if (!laggards.isEmpty()) {
      throw new IllegalStateException("not acked: " + laggards);
    }
    return System.nanoTime() - started;
  }

  /** Of a function that does not exist: no other part of the way but the search for its route. */
  private Times calls() throws IOException {
    byte[] request =
        "GET /function/nobody HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII);
    Times times = new Times();
    byte[] buffer = new byte[64 << 10];
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
      socket.setTcpNoDelay(true);
      InputStream in = socket.getInputStream();
      for (int i = 0; i < CALLS; i++) {
        long started = System.nanoTime();
        socket.getOutputStream().write(request);
        String answer = "";
        while (!answer.contains("not public")) {
          int read = in.read(buffer);
          if (read < 0) {
            throw new IOException("no whole answer but " + answer);
          }
          answer += new String(buffer, 0, read, StandardCharsets.US_ASCII);
        }
        times.add(System.nanoTime() - started);
      }
    }
    return times;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private static void delete(Path directory) throws IOException {
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    }
  }
}
