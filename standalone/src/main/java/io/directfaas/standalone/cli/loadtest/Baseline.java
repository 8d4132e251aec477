package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.HttpCaller;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.IntStream;

/**
 * A gateway that somebody has already, with the functions {@code f1} to {@code fN} of this folder
 * deployed behind it. The driver runs as a process of this machine.
 */
final class Baseline implements AutoCloseable {
  private final URI outside;
  private final URI inside;
  private final Process process;
  private final Driver driver;

  /**
   * @param outside the gateway as this machine reaches it
   * @param inside the gateway as its functions reach it
   * @param binaries the folder with the driver
   */
  Baseline(URI outside, URI inside, Path binaries) {
    this.outside = outside;
    this.inside = inside;
    try {
      int port;
      try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
        port = free.getLocalPort();
      }
      ProcessBuilder builder = new ProcessBuilder(binaries.resolve("driver").toString());
      builder.environment().put("PORT", Integer.toString(port));
      builder.environment().put("HOST", "127.0.0.1");
      process =
          builder.redirectErrorStream(true).redirectOutput(ProcessBuilder.Redirect.DISCARD).start();
      driver =
          new Driver(
              new HttpCaller("the driver", URI.create("http://127.0.0.1:" + port), null), "");
    } catch (IOException e) {
      throw new CommandFailed("the driver cannot be started: " + CommandFailed.reason(e), e);
    }
    LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(300));
  }

  Bench.Lane lane() {
    return new Bench.Lane(
        "given", Way.BASELINE, this::call, (what, seconds) -> Bench.Nuisance.NONE);
  }

  private Optional<Attack.Call> call(Scenario scenario) {
    if (scenario.app() != App.ECHO || scenario.meanwhile() != Meanwhile.NOTHING) {
      return Optional.empty();
    }
    List<String> rest = IntStream.rangeClosed(2, scenario.chain()).mapToObj(this::url).toList();
    return Optional.of(new Attack.Call(driver, url(1), rest));
  }

  private String url(int i) {
    return (i == 1 ? outside : inside).resolve("/function/f" + i).toString();
  }

  @Override
  public void close() {
    process.destroy();
  }
}
