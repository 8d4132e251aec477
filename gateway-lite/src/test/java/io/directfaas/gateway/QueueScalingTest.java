package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.directfaas.graph.load.LoadReporter;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Replicas follow what the queue worker says, which is played here. */
class QueueScalingTest {
  private static final Duration GENEROUS = Duration.ofSeconds(90);

  @TempDir Path dir;

  @Test
  void replicasAreTheQueueByTheTargetAndWithinBounds() throws Exception {
    AtomicLong depth = new AtomicLong();
    HttpServer worker =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    worker.createContext(
        "/status",
        exchange -> {
          byte[] body =
              ("{\"functions\":[{\"function\":\"openfaas-fn/hello\",\"depth\":%d}]}"
                      .formatted(depth.get()))
                  .getBytes(StandardCharsets.UTF_8);
          try (exchange) {
            exchange.sendResponseHeaders(200, body.length);
            exchange.getResponseBody().write(body);
          }
        });
    worker.start();
    String address = "http://127.0.0.1:" + worker.getAddress().getPort();
    try (Gateway gateway = Gateway.start(dir, Map.of("queue-worker", address))) {
      ManagedChannel channel =
          NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort()).usePlaintext().build();
      // While xds-server is not heard, nothing is known of any function.
      try (LoadReporter reporter =
          new LoadReporter("xds-server", channel, Duration.ofMillis(200), List::of)) {
        assertThat(reporter).isNotNull();
        gateway.deploy(
            """
            {"service":"hello","image":"i","labels":{"com.openfaas.scale.type":"queue",
             "com.openfaas.scale.target":"10","com.openfaas.scale.max":"8"}}
            """);
        depth.set(45);
        await().atMost(GENEROUS).until(() -> replicas(gateway) == 5);
        depth.set(4500);
        await().atMost(GENEROUS).until(() -> replicas(gateway) == 8);
      } finally {
        channel.shutdownNow();
      }
    } finally {
      worker.stop(0);
    }
  }

  private static int replicas(Gateway gateway) {
    return gateway.get("/system/function/hello").json().path("replicas").asInt();
  }
}
