package io.directfaas.watchdog;

import static io.directfaas.watchdog.RunningWatchdog.readAll;
import static io.directfaas.watchdog.RunningWatchdog.readUntil;
import static io.directfaas.watchdog.RunningWatchdog.script;
import static io.directfaas.watchdog.RunningWatchdog.write;
import static org.assertj.core.api.Assertions.assertThat;

import java.net.Socket;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class HttpConnectionTest {
  @TempDir Path temporary;

  @Test
  void oneConnectionServesManyRequests() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      for (int i = 0; i < 20; i++) {
        write(
            client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 3\r\n\r\nab" + (char) ('a' + i));
        String answer = readUntil(client, "ab" + (char) ('a' + i));
        assertThat(answer).startsWith("HTTP/1.1 200 OK\r\n").contains("Content-Length: 3\r\n");
      }
    }
  }

  @Test
  void pipelinedRequestsAreAnsweredInOrder() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(
          client,
          "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 5\r\n\r\nfirst"
              + "POST / HTTP/1.1\r\nHost: f\r\nTransfer-Encoding: chunked\r\n\r\n"
              + "3\r\nsec\r\n3;x=y\r\nond\r\n0\r\nTrailer: t\r\n\r\n"
              + "GET /_/health HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
      String answers = readAll(client);
      assertThat(answers).containsSubsequence("\r\n\r\nfirst", "\r\n\r\nsecond", "\r\n\r\nOK");
      assertThat(answers).endsWith("OK").contains("Connection: close");
    }
  }

  @Test
  void anOldClientGetsAnAnswerThatEndsWithTheConnection() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(client, "POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nhi");
      assertThat(readAll(client)).startsWith("HTTP/1.1 200 OK\r\n").endsWith("\r\n\r\nhi");
    }
  }

  @Test
  void aClientThatAsksFirstIsToldToGoOn() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(
          client,
          "POST / HTTP/1.1\r\nHost: f\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
      assertThat(readUntil(client, "\r\n\r\n")).isEqualTo("HTTP/1.1 100 Continue\r\n\r\n");
      write(client, "hi");
      assertThat(readUntil(client, "hi")).startsWith("HTTP/1.1 200 OK\r\n");
    }
  }

  @Test
  void aRequestWhoseBodyNobodyWantsDoesNotSpoilTheNext() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(client, "PROPFIND / HTTP/1.1\r\nHost: f\r\nContent-Length: 200000\r\n\r\n");
      assertThat(readUntil(client, "\r\n\r\n")).startsWith("HTTP/1.1 405 ");
      write(client, "x".repeat(200_000));
      write(client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n\r\nnext");
      assertThat(readUntil(client, "next")).startsWith("HTTP/1.1 200 ");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /\r\n\r\n",
        "GET / HTTP/1.1\nHost: f\n\n",
        "GET / HTTP/1.1\r\nHost: f\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost : f\r\n\r\n",
        "POST / HTTP/1.1\r\n"
            + "Host: f\r\n"
            + "Content-Length: 1\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "0\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
        "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: +1\r\n\r\na",
        "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: -1\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: f\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n",
      })
  void whatIsNotHttpIsRefusedAndTheConnectionEnds(String bytes) throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(client, bytes);
      assertThat(readAll(client)).startsWith("HTTP/1.1 400 ").containsOnlyOnce("HTTP/1.1");
    }
  }

  @Test
  void aHeadOfMoreThanOneMebibyteIsRefused() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat");
        Socket client = function.connect()) {
      write(client, "GET / HTTP/1.1\r\nHost: f\r\nA: " + "x".repeat(1 << 20));
      assertThat(readUntil(client, "\r\n")).startsWith("HTTP/1.1 431 ");
    }
  }

  @Test
  void aClientThatStallsIsGivenUp() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat", "read_timeout", "300ms");
        Socket inHead = function.connect();
        Socket inBody = function.connect()) {
      write(inHead, "GET / HT");
      write(inBody, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 9\r\n\r\nhalf");
      assertThat(readAll(inHead)).startsWith("HTTP/1.1 408 ");
      assertThat(readAll(inBody)).startsWith("HTTP/1.1 408 ");
    }
  }

  @Test
  void aSlowFunctionDoesNotMakeItsClientLookSlow() throws Exception {
    String slow = script(temporary, "sleep 1; wc -c");
    try (var function = RunningWatchdog.start(temporary, slow, "read_timeout", "300ms")) {
      assertThat(RunningWatchdog.text(function.post("/", new byte[4_000_000])).strip())
          .isEqualTo("4000000");
    }
  }

  @Test
  void anIdleConnectionIsNotClosed() throws Exception {
    try (var function = RunningWatchdog.start(temporary, "cat", "read_timeout", "100ms");
        Socket client = function.connect()) {
      for (int i = 0; i < 3; i++) {
        write(client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 2\r\n\r\nhi");
        assertThat(readUntil(client, "hi")).startsWith("HTTP/1.1 200 ");
        Thread.sleep(300);
      }
    }
  }

  @Test
  void aClientThatDoesNotReadItsAnswerIsGivenUp() throws Exception {
    String large = "head -c 50000000 /dev/zero";
    try (var function = RunningWatchdog.start(temporary, large, "write_timeout", "300ms");
        Socket client = function.connect()) {
      client.setReceiveBufferSize(4096);
      write(client, "GET / HTTP/1.1\r\nHost: f\r\n\r\n");
      org.awaitility.Awaitility.await()
          .untilAsserted(
              () ->
                  assertThat(function.metrics())
                      .contains("http_requests_total{code=\"200\",method=\"get\"} 1")
                      .contains("http_requests_in_flight 0"));
    }
  }
}
