package io.directfaas.standalone.cli.client;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class UnixHttpTest {
  private static final Duration TIMEOUT = Duration.ofSeconds(10);

  @TempDir Path folder;

  @Test
  void an_answer_with_a_length_is_read() {
    Answer answer = answer("HTTP/1.1 200 OK\r\nContent-Length: 7\r\nX-A: b\r\n\r\n{\"a\":1}");
    assertThat(answer.status()).isEqualTo(200);
    assertThat(answer.header("x-a")).contains("b");
    assertThat(answer.json().path("a").asInt()).isEqualTo(1);
  }

  @Test
  void an_answer_in_chunks_is_put_together() {
    Answer answer =
        answer(
            "HTTP/1.1 404 Not Found\r\ntransfer-encoding: chunked\r\n\r\n"
                + "3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\n\r\n");
    assertThat(answer.status()).isEqualTo(404);
    assertThat(answer.text()).isEqualTo("abc0123456789");
  }

  @Test
  void an_answer_that_ends_early_or_is_no_http_is_an_error() {
    for (String response :
        new String[] {
          "",
          "HTTP/1.1 200 OK\r\nContent-Le",
          "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
          "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n9\r\nabc",
          "SSH-2.0-OpenSSH\r\n\r\n",
        }) {
      assertThatThrownBy(() -> answer(response)).isInstanceOf(Unavailable.class);
    }
  }

  @Test
  void nobody_there_and_nobody_answering_are_told_apart() throws IOException {
    assertThatThrownBy(() -> UnixHttp.get(folder.resolve("none.sock"), "/", TIMEOUT))
        .isInstanceOf(Unavailable.class)
        .hasMessage("nobody answers on " + folder.resolve("none.sock"));
    Path silent = folder.resolve("silent.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(silent));
      assertThatThrownBy(() -> UnixHttp.get(silent, "/", Duration.ofMillis(50)))
          .isInstanceOf(Unavailable.class)
          .hasMessageContaining("within 50 ms");
    }
  }

  private Answer answer(String response) {
    Path socket = folder.resolve("s.sock");
    try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
      server.bind(UnixDomainSocketAddress.of(socket));
      Thread.ofVirtual().start(() -> serve(server, response));
      return UnixHttp.get(socket, "/x", TIMEOUT);
    } catch (IOException e) {
      throw new AssertionError(e);
    } finally {
      socket.toFile().delete();
    }
  }

  private static void serve(ServerSocketChannel server, String response) {
    try (SocketChannel channel = server.accept()) {
      ByteBuffer request = ByteBuffer.allocate(1024);
      channel.read(request);
      assertThat(new String(request.array(), StandardCharsets.UTF_8))
          .startsWith("GET /x HTTP/1.1\r\n");
      channel.write(StandardCharsets.UTF_8.encode(response));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
