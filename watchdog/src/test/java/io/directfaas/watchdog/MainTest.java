package io.directfaas.watchdog;

import static io.directfaas.watchdog.RunningWatchdog.readAll;
import static io.directfaas.watchdog.RunningWatchdog.script;
import static io.directfaas.watchdog.RunningWatchdog.write;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The watchdog as a process of its own, as a sandbox runs it. */
@Timeout(60)
class MainTest {
  private static final Pattern LISTENING = Pattern.compile("Listening on port: (\\d+)");

  @TempDir Path temporary;
  private final List<Process> processes = new ArrayList<>();

  @AfterEach
  void endAll() {
    processes.forEach(Process::destroyForcibly);
  }

  @Test
  void onSigtermItFinishesWhatIsUnderWayAndExitsWell() throws Exception {
    Path go = temporary.resolve("go");
    Path begun = temporary.resolve("begun");
    Process process =
        start(
            script(
                temporary,
                "touch " + begun + "; until [ -e " + go + " ]; do sleep 0.05; done; cat"));
    int port = port();
    try (Socket client = connect(port);
        Socket idle = connect(port)) {
      write(client, "POST / HTTP/1.1\r\nHost: f\r\nContent-Length: 4\r\n\r\nlast");
      await().until(() -> Files.exists(begun));
      process.destroy();
      await().until(() -> log().contains("draining: 1 requests"));
      assertThat(temporary.resolve(".lock")).doesNotExist();
      assertThatThrownBy(() -> connect(port).close()).isInstanceOf(IOException.class);
      Files.createFile(go);
      assertThat(readAll(client)).contains("Connection: close").endsWith("\r\n\r\nlast");
      assertThat(readAll(idle)).isEmpty();
    }
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isZero();
    assertThat(log())
        .contains("Forking fprocess.")
        .containsPattern("Wrote 4 Bytes - Duration: \\d+\\.\\d+s");
  }

  @Test
  void afterSigtermAProcessThatGoesOnTooLongIsKilled() throws Exception {
    Path pid = temporary.resolve("pid");
    Process process =
        start(script(temporary, "echo $$ >" + pid + "; exec sleep 300"), "write_timeout", "300ms");
    try (Socket client = connect(port())) {
      write(client, "GET / HTTP/1.1\r\nHost: f\r\n\r\n");
      await().until(() -> Files.exists(pid) && !Files.readString(pid).isBlank());
      process.destroy();
      assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    }
    Path alive = Path.of("/proc", Files.readString(pid).strip(), "stat");
    await()
        .until(
            () -> {
              try {
                return Files.readString(alive).contains(") Z ");
              } catch (IOException gone) {
                return true;
              }
            });
  }

  @Test
  void withoutACommandItSaysSoAndFails() throws Exception {
    Process process = start("");
    assertThat(process.waitFor(20, TimeUnit.SECONDS)).isTrue();
    assertThat(process.exitValue()).isEqualTo(1);
    assertThat(log()).contains("fprocess");
  }

  @Test
  void itRunsInTheSmallestHeapWithManyLargeAnswers() throws Exception {
    start("head -c 5000000 /dev/zero");
    int port = port();
    List<Socket> clients = new ArrayList<>();
    try {
      for (int i = 0; i < 32; i++) {
        Socket client = connect(port);
        clients.add(client);
        write(client, "GET / HTTP/1.1\r\nHost: f\r\nConnection: close\r\n\r\n");
      }
      for (Socket client : clients) {
        assertThat(readAll(client)).startsWith("HTTP/1.1 200 OK").hasSizeGreaterThan(5_000_000);
      }
    } finally {
      for (Socket client : clients) {
        client.close();
      }
    }
  }

  private Process start(String fprocess, String... settings) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-Xmx24m",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-cp",
            Path.of("target", "classes").toString(),
            Main.class.getName());
    builder.environment().put("fprocess", fprocess);
    builder.environment().put("PORT", "0");
    builder.environment().put("metrics_port", "0");
    builder.environment().put("TMPDIR", temporary.toString());
    for (int i = 0; i < settings.length; i += 2) {
      builder.environment().put(settings[i], settings[i + 1]);
    }
    builder.redirectErrorStream(true).redirectOutput(temporary.resolve("log").toFile());
    Process process = builder.start();
    processes.add(process);
    return process;
  }

  private String log() throws IOException {
    return Files.readString(temporary.resolve("log"));
  }

  private int port() throws IOException {
    await().until(() -> LISTENING.matcher(log()).find());
    Matcher listening = LISTENING.matcher(log());
    assertThat(listening.find()).isTrue();
    return Integer.parseInt(listening.group(1));
  }

  private static Socket connect(int port) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port);
    socket.setSoTimeout(30_000);
    return socket;
  }
}
