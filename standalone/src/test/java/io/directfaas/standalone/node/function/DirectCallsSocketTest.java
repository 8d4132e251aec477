package io.directfaas.standalone.node.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectCallsSocketTest {
  private static final FunctionRef F = new FunctionRef("acme", "f");
  private static final String GOOD = "ab12 7 200:1500000000:4,0,0,0,0,0,0,0,0,2,0,0";

  @TempDir Path dir;
  private final List<SourceCalls> heard = new CopyOnWriteArrayList<>();
  private DirectCallsSocket socket;

  @BeforeEach
  void open() throws Exception {
    socket = DirectCallsSocket.open(dir.resolve("calls"), 0, "f-1", F, heard::add);
  }

  @AfterEach
  void close() {
    socket.close();
  }

  private SocketChannel connect() throws Exception {
    return SocketChannel.open(
        UnixDomainSocketAddress.of(dir.resolve("calls").resolve(DirectCallsSocket.NAME)));
  }

  private static void write(SocketChannel channel, String text) throws Exception {
    ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  @Test
  void whatAWatchdogSaysIsTheWordOfItsReplica() throws Exception {
    try (SocketChannel channel = connect()) {
      write(channel, GOOD + "\n");
      await().atMost(Duration.ofSeconds(30)).until(() -> heard.size() == 1);
    }
    SourceCalls calls = heard.getFirst();
    assertThat(calls.source()).isEqualTo(new Source("f-1", "watchdog-ab12"));
    FunctionCalls function = calls.functions().getFirst();
    assertThat(function.function()).isEqualTo(F);
    assertThat(function.started()).isEqualTo(7);
    assertThat(function.completed()).isEqualTo(6);
    assertThat(function.ended().getFirst().code()).isEqualTo(200);
    assertThat(function.ended().getFirst().seconds()).isEqualTo(1.5);
  }

  @Test
  void nonsenseIsPassedOver() throws Exception {
    try (SocketChannel channel = connect()) {
      write(
          channel,
          """

          ab12
          ab12 x
          ../../etc 7
          ab12 -7
          ab12 7 200
          ab12 7 999:1:0,0,0,0,0,0,0,0,0,0,0,0
          ab12 7 200:1:0,0,0
          ab12 7 200:1:0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0
          ab12 99999999999999999999
          \u00ff\u0000\u0001
          """);
      write(channel, GOOD + "\n");
      await().atMost(Duration.ofSeconds(30)).until(() -> !heard.isEmpty());
    }
    assertThat(heard).hasSize(1);
  }

  @Test
  void aLineWithoutEndIsCutOffAndTheNextConnectionServed() throws Exception {
    try (SocketChannel endless = connect()) {
      try {
        for (int i = 0; i < 100; i++) {
          write(endless, "a".repeat(10_000));
        }
      } catch (IOException cutOff) {
        assertThat(cutOff).isNotNull();
      }
      try (SocketChannel channel = connect()) {
        write(channel, GOOD + "\n");
        await().atMost(Duration.ofSeconds(30)).until(() -> heard.size() == 1);
      }
    }
  }

  @Test
  void livesThatAreMadeUpAreBounded() throws Exception {
    try (SocketChannel channel = connect()) {
      for (int i = 0; i < 1000; i++) {
        write(channel, Integer.toHexString(i) + " 1\n");
      }
      write(channel, "0 2\n");
      await()
          .atMost(Duration.ofSeconds(30))
          .until(() -> heard.stream().anyMatch(c -> c.functions().getFirst().started() == 2));
    }
    assertThat(heard.stream().map(SourceCalls::source).distinct().count()).isLessThan(100);
  }
}
