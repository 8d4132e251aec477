package io.directfaas.standalone.node;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The queue worker of asynchronous calls, a process of its own: their bodies never enter this one.
 * It outlives this JVM like sidecars and functions. It runs in the machine's own network, so that
 * results can be sent anywhere, and as root without any capability: the jars it runs from may be
 * closed to everybody else.
 */
final class QueueProcess implements AutoCloseable {
  private static final String MAIN = "io.directfaas.queue.QueueWorkerMain";

  /** Settings of the worker that users may make, by the names of their variables. */
  private static final Map<String, String> SETTINGS =
      Map.of(
          "queue_callback_allow", "callback-allow",
          "queue_max_body", "max-body",
          "queue_max_calls", "max-calls",
          "queue_max_calls_per_function", "max-calls-per-function");

  private final StackConfig config;
  private final Layout layout;
  private @Nullable Supervised process;

  QueueProcess(StackConfig config) {
    this.config = config;
    this.layout = config.layout();
  }

  /** Starts or adopts it. */
  void start() throws IOException {
    Ownership.directory(layout.queueDir(), 0, 0, "rwx--x--x");
    Ownership.directory(layout.queueState(), 0, 0, "rwx------");
    LaunchSpec spec =
        new LaunchSpec(
            "queue worker",
            command(System.getenv()),
            LaunchSpec.PLAIN_ENVIRONMENT,
            layout.queueDir().resolve("worker.log"),
            layout.queueDir().resolve("worker.pid"));
    process = new Supervised(spec, Supervised.Hooks.NONE, Backoff.ofProcess()).start();
  }

  private List<String> command(Map<String, String> environment) {
    List<String> command = new ArrayList<>();
    command.addAll(List.of("setpriv", "--bounding-set", "-all", "--inh-caps", "-all"));
    command.addAll(List.of("--ambient-caps", "-all", "--no-new-privs", "--"));
    command.add(config.tools().java().toString());
    command.addAll(
        List.of(
            "-Xms16m",
            "-Xmx96m",
            "-Xss512k",
            "-XX:+UseSerialGC",
            "-XX:TieredStopAtLevel=1",
            "-XX:MaxDirectMemorySize=16m",
            "-XX:+ExitOnOutOfMemoryError",
            "-XX:-UsePerfData",
            "-Djava.io.tmpdir=" + layout.queueState(),
            "--enable-native-access=ALL-UNNAMED",
            "-cp",
            System.getProperty("java.class.path"),
            MAIN,
            "--socket=" + layout.queueSocket(),
            "--state-dir=" + layout.queueState(),
            "--ingress=http://127.0.0.1:" + config.ports().ingress(),
            "--gateway=http://127.0.0.1:" + config.ports().gatewayRest(),
            "--credentials=" + layout.secretsDir()));
    SETTINGS.forEach(
        (variable, argument) -> {
          String value = environment.getOrDefault(variable, "");
          if (!value.isEmpty()) {
            command.add("--" + argument + "=" + value);
          }
        });
    String nats = environment.getOrDefault("faas_nats_address", "");
    if (!nats.isEmpty()) {
      command.add(
          "--nats=nats://" + nats + ":" + environment.getOrDefault("faas_nats_port", "4222"));
    }
    return command;
  }

  /** Cares for it no longer; it runs on. */
  @Override
  public void close() {
    Supervised running = process;
    if (running != null) {
      running.close();
    }
  }
}
