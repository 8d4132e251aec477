package io.directfaas.standalone.cli.lifecycle;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.config.StackConfig;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Whether the ports a stack needs can be had. */
final class Ports {
  // ss prints: users:(("java",pid=4711,fd=12))
  private static final Pattern HOLDER = Pattern.compile("\\(\\(\"([^\"]+)\",pid=(\\d+)");

  private Ports() {}

  /** Every port the stack listens on, with what listens there. */
  static Map<Integer, String> of(StackConfig.Ports ports) {
    Map<Integer, String> users = new LinkedHashMap<>();
    users.put(ports.ingress(), "the ingress");
    users.put(ports.gatewayRest(), "gateway-lite");
    users.put(ports.gatewayMetrics(), "gateway-lite's metrics");
    users.put(ports.graphWatch(), "the graph watch");
    users.put(ports.ads(), "the xDS server");
    users.put(ports.xdsHttp(), "the xDS server's status");
    users.put(ports.sdnHttp(), "the SDN adapter's status");
    users.put(ports.queueHttp(), "the queue worker's status");
    return users;
  }

  /**
   * @throws CommandFailed naming the first port that is taken, what needs it and who holds it
   */
  static void requireFree(Map<Integer, String> ports) {
    ports.forEach(
        (port, user) -> {
          if (!isFree(port)) {
            String holder = holder(port).map(name -> " by " + name).orElse("");
            throw new CommandFailed(
                "port %d, needed for %s, is taken%s; end that or choose other ports, then try again"
                    .formatted(port, user, holder));
          }
        });
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      // As servers do: a port that only has connections in TIME_WAIT is free.
      socket.setReuseAddress(true);
      socket.bind(new InetSocketAddress(InetAddress.getByName("127.0.0.1"), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Optional<String> holder(int port) {
    try {
      Process ss =
          new ProcessBuilder("ss", "-Hltnp", "sport = :" + port)
              .redirectError(ProcessBuilder.Redirect.DISCARD)
              .start();
      String answer = new String(ss.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      ss.waitFor(2, TimeUnit.SECONDS);
      return parseHolder(answer);
    } catch (IOException e) {
      return Optional.empty();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return Optional.empty();
    }
  }

  static Optional<String> parseHolder(String ssOutput) {
    Matcher matcher = HOLDER.matcher(ssOutput);
    return matcher.find()
        ? Optional.of("%s (pid %s)".formatted(matcher.group(1), matcher.group(2)))
        : Optional.empty();
  }
}
