package io.directfaas.xds.mtls;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.DataPath;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.envoy.EnvoyProcess;
import io.directfaas.xds.envoy.MtlsMesh;
import io.directfaas.xds.envoy.ScriptedFunction;
import io.directfaas.xds.envoy.TestGraph;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls over mtls when a replica is in the graph and not there. */
class MtlsRetryTest {
  @TempDir Path directory;

  @Test
  void aReplicaThatCannotBeReachedCostsNoCall() throws Exception {
    try (ScriptedFunction b = new ScriptedFunction("b1");
        MtlsMesh mesh = new MtlsMesh(directory, Duration.ofDays(1))) {
      mesh.function("a", 1).function("b", b.port());
      // Nothing can be routed there.
      mesh.graph.replicaAt("gone", "b", "255.255.255.255", 1);
      // Takes connections and ends them before there is a handshake.
      mesh.graph.replicaAt("broken", "b", "127.0.0.3", 1);
      mesh.graph.edges("a", "b").edges("ingress", "b").dataPath("acme", DataPath.MTLS);
      mesh.graph.function("b", TestGraph.policy("outlier-failures", "off"));
      mesh.server.goWhole(mesh.graph);
      try (ServerSocket breaking = breaking(mesh.ports("b").inbound())) {
        EnvoyProcess caller = mesh.sidecar("a", Protocol.DELTA_GRPC);
        mesh.sidecar("b", Protocol.DELTA_GRPC);
        mesh.sidecar("ingress", Protocol.DELTA_GRPC);
        mesh.awaitSettled("a", "b", "ingress");
        for (int i = 0; i < 20; i++) {
          HttpResponse<String> inside = post(mesh, "a", "/function/b");
          assertThat(inside.body()).isEqualTo("b1");
          assertThat(post(mesh, "ingress", "/function/b.acme").body()).isEqualTo("b1");
        }
        assertThat(breaking.isClosed()).isFalse();
        assertThat(caller.stat("cluster.fn/acme/b.upstream_rq_retry")).isPositive();
        assertThat(b.seen.get()).isEqualTo(40);
      }
    }
  }

  @Test
  void aSidecarWhoseFunctionIsNotThereSaysSoAndNothingIsRepeatedThatMayHaveRun() throws Exception {
    try (ScriptedFunction b = new ScriptedFunction("b1");
        MtlsMesh mesh = new MtlsMesh(directory, Duration.ofDays(1))) {
      mesh.function("a", 1).function("b", b.port());
      mesh.graph.edges("a", "b").dataPath("acme", DataPath.MTLS);
      mesh.server.goWhole(mesh.graph);
      EnvoyProcess caller = mesh.sidecar("a", Protocol.DELTA_GRPC);
      mesh.sidecar("b", Protocol.DELTA_GRPC);
      mesh.awaitSettled("a", "b");
      b.breaks = true;
      assertThat(post(mesh, "a", "/function/b").statusCode()).isEqualTo(502);
      assertThat(b.seen.get()).isEqualTo(1);
      assertThat(caller.stat("cluster.fn/acme/b.upstream_rq_retry")).isLessThan(1);
      b.close();
      HttpResponse<String> gone = post(mesh, "a", "/function/b");
      assertThat(gone.statusCode()).isEqualTo(502);
      assertThat(gone.body()).startsWith("acme/b cannot be reached");
      assertThat(gone.headers().map().keySet()).noneMatch(name -> name.startsWith("x-directfaas"));
      // Tried again, since the function cannot have seen it.
      assertThat(caller.stat("cluster.fn/acme/b.upstream_rq_retry")).isEqualTo(3);
    }
  }

  private static HttpResponse<String> post(MtlsMesh mesh, String caller, String path)
      throws Exception {
    return mesh.http()
        .send(
            HttpRequest.newBuilder(mesh.outbound(caller, path))
                .timeout(Duration.ofSeconds(60))
                .POST(BodyPublishers.ofString("x"))
                .build(),
            BodyHandlers.ofString());
  }

  /** Of two sockets on a port, the one with the more precise address gets the connection. */
  private static ServerSocket breaking(int port) throws IOException {
    ServerSocket server = new ServerSocket();
    server.setOption(StandardSocketOptions.SO_REUSEPORT, true);
    server.bind(new InetSocketAddress("127.0.0.3", port));
    Thread.ofVirtual()
        .start(
            () -> {
              while (!server.isClosed()) {
                try (Socket socket = server.accept()) {
                  socket.setSoLinger(true, 0);
                } catch (IOException e) {
                  // Closed, or the other end was faster.
                }
              }
            });
    return server;
  }
}
