package io.directfaas.queue;

import java.net.URI;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How the worker is set up: {@code --name=value} arguments.
 *
 * @param socket the unix socket that takes calls
 * @param stateDir where calls are kept
 * @param ingress the ingress's address
 * @param gateway gateway-lite's address
 * @param credentials the directory with gateway-lite's credentials
 * @param callbackAllow hosts and networks that results may be sent to besides public ones
 * @param nats a NATS server with JetStream to keep the calls instead, or null
 * @param atOnce calls of all functions that are made at a time
 * @param httpPort where the worker says how it is, on the loopback interface; 0 for any free one
 */
record QueueConfig(
    Path socket,
    Path stateDir,
    URI ingress,
    URI gateway,
    Path credentials,
    List<String> callbackAllow,
    @Nullable String nats,
    int atOnce,
    int httpPort,
    Bounds bounds) {

  /**
   * @throws IllegalArgumentException naming the argument that is wrong
   */
  static QueueConfig parse(String[] arguments) {
    Map<String, String> values = new HashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (!argument.startsWith("--") || equals < 0) {
        throw new IllegalArgumentException("'" + argument + "' is not --name=value");
      }
      values.put(argument.substring(2, equals), argument.substring(equals + 1));
    }
    Path stateDir = Path.of(take(values, "state-dir", "/var/lib/directfaas/queue"));
    String nats = take(values, "nats", "");
    Bounds defaults = Bounds.DEFAULTS;
    QueueConfig config =
        new QueueConfig(
            Path.of(take(values, "socket", "/run/directfaas/queue.sock")),
            stateDir,
            URI.create(take(values, "ingress", "http://127.0.0.1:8080")),
            URI.create(take(values, "gateway", "http://127.0.0.1:8081")),
            Path.of(take(values, "credentials", "/var/lib/directfaas/secrets")),
            Arrays.stream(take(values, "callback-allow", "").split(","))
                .map(String::strip)
                .filter(item -> !item.isEmpty())
                .toList(),
            nats.isEmpty() ? null : nats,
            number(values, "at-once", 128, 1, 10_000),
            number(values, "http-port", 8083, 0, 65_535),
            new Bounds(
                number(values, "max-body", defaults.body(), 1, 16 << 20),
                number(values, "max-calls", (int) defaults.calls(), 1, 10_000_000),
                number(
                    values, "max-calls-per-function", defaults.callsPerFunction(), 1, 10_000_000),
                defaults.bytes(),
                number(values, "at-once-per-function", defaults.atOncePerFunction(), 1, 10_000)));
    if (!values.isEmpty()) {
      throw new IllegalArgumentException("unknown: " + values.keySet());
    }
    return config;
  }

  private static String take(Map<String, String> values, String name, String otherwise) {
    String value = values.remove(name);
    return value == null ? otherwise : value;
  }

  private static int number(
      Map<String, String> values, String name, int otherwise, int least, int most) {
    String text = take(values, name, Integer.toString(otherwise));
    try {
      int number = Integer.parseInt(text);
      if (number >= least && number <= most) {
        return number;
      }
    } catch (NumberFormatException e) {
      // said below
    }
    throw new IllegalArgumentException(
        name + ": '" + text + "' is not between " + least + " and " + most);
  }
}
