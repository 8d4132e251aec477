package io.directfaas.xds.envoy;

import io.directfaas.xds.bootstrap.EnvoyBootstrap;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** A running Envoy. */
public final class EnvoyProcess implements AutoCloseable {
  private final Process process;
  private final Path adminSocket;
  private final Path log;

  private EnvoyProcess(Process process, Path adminSocket, Path log) {
    this.process = process;
    this.adminSocket = adminSocket;
    this.log = log;
  }

  /** Starts one from a bootstrap of ours; its log goes beside its admin socket. */
  public static EnvoyProcess start(EnvoyBootstrap bootstrap) throws IOException {
    return start(bootstrap, bootstrap.json());
  }

  /**
   * @param json to start it from in place of the bootstrap's own
   */
  public static EnvoyProcess start(EnvoyBootstrap bootstrap, String json) throws IOException {
    Path directory = bootstrap.adminSocket().getParent();
    if (directory == null) {
      throw new IllegalArgumentException("the admin socket needs a directory");
    }
    Path file = directory.resolve(bootstrap.nodeId() + ".json");
    Path log = directory.resolve(bootstrap.nodeId() + ".log");
    Files.writeString(file, json);
    Process process =
        new ProcessBuilder(
                List.of(
                    EnvoyBinary.path().toString(),
                    "-c",
                    file.toString(),
                    "--concurrency",
                    "1",
                    "--disable-hot-restart",
                    "-l",
                    "info"))
            .redirectErrorStream(true)
            .redirectOutput(log.toFile())
            .start();
    return new EnvoyProcess(process, bootstrap.adminSocket(), log);
  }

  /** The body of GET path on the admin socket, or empty while there is none. */
  public String admin(String path) {
    try (SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX)) {
      channel.connect(UnixDomainSocketAddress.of(adminSocket));
      String request = "GET " + path + " HTTP/1.1\r\nHost: admin\r\nConnection: close\r\n\r\n";
      channel.write(ByteBuffer.wrap(request.getBytes(StandardCharsets.US_ASCII)));
      return new String(
          Channels.newInputStream(channel).readAllBytes(), StandardCharsets.ISO_8859_1);
    } catch (IOException e) {
      return "";
    }
  }

  /** The value of one statistic, or -1 if it is not kept. */
  public long stat(String name) {
    for (String line : admin("/stats?filter=" + name.replace(".", "%5C.")).split("\r?\n")) {
      if (line.startsWith(name + ": ")) {
        return Long.parseLong(line.substring(name.length() + 2).strip());
      }
    }
    return -1;
  }

  public boolean isLive() {
    return admin("/ready").contains("LIVE");
  }

  public String log() throws IOException {
    return Files.readString(log);
  }

  public long pid() {
    return process.pid();
  }

  @Override
  public void close() {
    process.destroyForcibly();
    try {
      process.waitFor(5, TimeUnit.SECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
