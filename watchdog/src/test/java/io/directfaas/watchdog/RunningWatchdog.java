package io.directfaas.watchdog;

import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;

/** A watchdog on free ports, and a client for it. */
final class RunningWatchdog implements AutoCloseable {
  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final Watchdog watchdog;

  private RunningWatchdog(Watchdog watchdog) {
    this.watchdog = watchdog;
  }

  /** Starts one; {@code settings} are pairs of name and value. */
  static RunningWatchdog start(Path temporary, String fprocess, String... settings)
      throws IOException {
    Map<String, String> environment = new HashMap<>();
    environment.put("fprocess", fprocess);
    environment.put("PORT", "0");
    environment.put("metrics_port", "0");
    environment.put("TMPDIR", temporary.toString());
    for (int i = 0; i < settings.length; i += 2) {
      environment.put(settings[i], settings[i + 1]);
    }
    return new RunningWatchdog(Watchdog.start(Config.of(environment)));
  }

  /** A shell script, because a command line is split at spaces. */
  static String script(Path directory, String text) throws IOException {
    Path script = Files.createTempFile(directory, "script", ".sh");
    Files.writeString(script, "#!/bin/sh\n" + text + "\n");
    Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwxr-xr-x"));
    return script.toString();
  }

  Watchdog watchdog() {
    return watchdog;
  }

  int port() {
    return watchdog.port();
  }

  HttpRequest.Builder request(String target) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port() + target))
        .timeout(Duration.ofSeconds(60));
  }

  HttpResponse<byte[]> send(HttpRequest request) throws IOException, InterruptedException {
    return client.send(request, HttpResponse.BodyHandlers.ofByteArray());
  }

  HttpResponse<byte[]> post(String target, byte[] body) throws IOException, InterruptedException {
    return send(request(target).POST(HttpRequest.BodyPublishers.ofByteArray(body)).build());
  }

  HttpResponse<byte[]> get(String target) throws IOException, InterruptedException {
    return send(request(target).GET().build());
  }

  String metrics() throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + watchdog.metricsPort() + "/metrics");
    return text(send(HttpRequest.newBuilder(uri).build()));
  }

  Socket connect() throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), port());
    socket.setSoTimeout(30_000);
    return socket;
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  static void write(Socket socket, String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Everything up to the end of the connection. */
  static String readAll(Socket socket) throws IOException {
    return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
  }

  /** Reads until {@code end} has come. */
  static String readUntil(Socket socket, String end) throws IOException {
    StringBuilder text = new StringBuilder();
    while (text.indexOf(end) < 0) {
      int c = socket.getInputStream().read();
      if (c < 0) {
        throw new IOException("ended after: " + text);
      }
      text.append((char) c);
    }
    return text.toString();
  }

  @Override
  public void close() {
    watchdog.close();
  }
}
