package io.directfaas.watchdog;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.net.http.HttpRequest;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Calls that passed no proxy, as the node hears of them. */
@Timeout(120)
class CountsReportTest {
  @TempDir Path temporary;

  private static String line(SocketChannel channel, String ending) throws Exception {
    BufferedReader reader =
        new BufferedReader(
            new InputStreamReader(Channels.newInputStream(channel), StandardCharsets.US_ASCII));
    String line = reader.readLine();
    while (line != null && !line.matches(ending)) {
      line = reader.readLine();
    }
    assertThat(line).isNotNull();
    return line;
  }

  @Test
  void callsByNameAreToldAndThoseOfProxiesAreNotAlsoToWhoComesBack() throws Exception {
    Path path = temporary.resolve("calls.sock");
    try (var function = RunningWatchdog.start(temporary, "cat", "counts_socket", path.toString())) {
      function.get("/_/health");
      function.post("/", new byte[1]);
      function.post("/", new byte[1]);
      function.send(
          function
              .request("/")
              .header("X-Start-Time", "1")
              .POST(HttpRequest.BodyPublishers.noBody())
              .build());
      String life;
      try (ServerSocketChannel node = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        node.bind(UnixDomainSocketAddress.of(path));
        try (SocketChannel channel = node.accept()) {
          String line = line(channel, "[0-9a-f]+ 2 200:[0-9]+:[0-9,]+");
          life = line.split(" ", -1)[0];
        }
      }
      Files.delete(path);
      function.send(function.request("/").method("OPTIONS", noBody()).build());
      try (ServerSocketChannel node = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
        node.bind(UnixDomainSocketAddress.of(path));
        try (SocketChannel channel = node.accept()) {
          line(channel, life + " 3 200:[0-9]+:[0-9,]+ 405:[0-9]+:[0-9,]+");
        }
      }
    }
  }

  private static HttpRequest.BodyPublisher noBody() {
    return HttpRequest.BodyPublishers.noBody();
  }
}
