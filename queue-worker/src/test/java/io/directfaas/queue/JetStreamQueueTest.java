package io.directfaas.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.directfaas.queue.CallQueue.QueueFullException;
import io.directfaas.queue.CallQueue.Taken;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against a real NATS server, which {@code src/test/scripts/nats-server.sh} builds. */
@Timeout(180)
class JetStreamQueueTest {
  private static final Path SERVER =
      Path.of("/var/lib/directfaas/tools/nats-server-2.15.2/nats-server");
  private static final Bounds BOUNDS = new Bounds(1 << 20, 3, 3, 10 << 20, 2);

  @TempDir Path dir;
  private Process server;
  private int port;

  @BeforeEach
  void start() throws IOException {
    assumeTrue(Files.isExecutable(SERVER), "there is no NATS server here");
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      port = free.getLocalPort();
    }
    startServer();
  }

  private void startServer() throws IOException {
    server =
        new ProcessBuilder(
                SERVER.toString(),
                "-a",
                "127.0.0.1",
                "-p",
                Integer.toString(port),
                "-js",
                "-sd",
                dir.resolve("jetstream").toString())
            .redirectErrorStream(true)
            .redirectOutput(ProcessBuilder.Redirect.appendTo(dir.resolve("log").toFile()))
            .start();
    await()
        .atMost(Duration.ofSeconds(60))
        .ignoreExceptions()
        .until(
            () -> {
              new Socket(InetAddress.getLoopbackAddress(), port).close();
              return true;
            });
  }

  @AfterEach
  void stop() throws InterruptedException {
    if (server != null) {
      server.destroyForcibly().waitFor();
    }
  }

  @Test
  void whatWasPutComesOutAsItWas() throws Exception {
    try (JetStreamQueue queue = connect()) {
      QueuedCall call =
          new QueuedCall(
              "acme/f",
              "/x?y=%20",
              List.of(new QueuedCall.Header("a", "\u00fc\"")),
              new byte[] {0, -1, 10},
              null,
              "id",
              "1");
      queue.put(call);
      assertThat(queue.depths()).isEqualTo(Map.of("acme/f", 1L));
      Taken taken = queue.take();
      assertThat(taken.call()).usingRecursiveComparison().isEqualTo(call);
      assertThat(taken.attempts()).isZero();
      taken.done();
      await().atMost(Duration.ofSeconds(30)).until(() -> queue.depths().isEmpty());
    }
  }

  @Test
  void aRetryComesAgainAndIsCounted() throws Exception {
    try (JetStreamQueue queue = connect()) {
      queue.put(call("/"));
      queue.take().again(Duration.ofMillis(100), true);
      Taken second = queue.take();
      assertThat(second.attempts()).isEqualTo(1);
      second.done();
    }
  }

  @Test
  void aFullStreamRefusesWhatIsNew() throws Exception {
    try (JetStreamQueue queue = connect()) {
      for (int i = 0; i < 3; i++) {
        queue.put(call("/" + i));
      }
      assertThatThrownBy(() -> queue.put(call("/4"))).isInstanceOf(QueueFullException.class);
    }
  }

  @Test
  void whatWasPutSurvivesServerAndWorker() throws Exception {
    try (JetStreamQueue queue = connect()) {
      queue.put(call("/kept"));
    }
    server.destroyForcibly().waitFor();
    startServer();
    try (JetStreamQueue queue = connect()) {
      assertThat(queue.take().call().path()).isEqualTo("/kept");
    }
  }

  private JetStreamQueue connect() throws Exception {
    return JetStreamQueue.connect("nats://127.0.0.1:" + port, BOUNDS);
  }

  private static QueuedCall call(String path) {
    return new QueuedCall("acme/f", path, List.of(), new byte[1], null, "id", "1");
  }
}
