package io.directfaas.standalone.node;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.io.File;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The queue worker of asynchronous calls, a process of its own: their bodies never enter this one.
 * It outlives this JVM like sidecars and functions. It runs in the machine's own network, so that
 * results can be sent anywhere, as a user of its own without any capability.
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

  /** The bit of a directory by which what is made in it gets its group. */
  private static final int SET_GROUP = 02000;

  /**
   * Shows, to itself and what it becomes, the files after the first argument in the directory that
   * the first one names, as 1.jar, 2.jar and so on. Directories of classes are no jars, but Java
   * does not go by names.
   */
  private static final String SHOW_PROGRAM =
      """
      lib=$1
      shift
      mount -t tmpfs -o mode=755,size=1m queue-worker "$lib"
      number=0
      while [ "$1" != -- ]; do
        number=$((number + 1))
        if [ -d "$1" ]; then mkdir "$lib/$number.jar"; else : >"$lib/$number.jar"; fi
        mount --bind "$1" "$lib/$number.jar"
        shift
      done
      shift
      exec "$@"
      """;

  private final StackConfig config;
  private final Layout layout;
  private @Nullable Supervised process;

  QueueProcess(StackConfig config) {
    this.config = config;
    this.layout = config.layout();
  }

  /** Starts or adopts it. */
  void start() throws IOException {
    int worker = Users.QUEUE_WORKER;
    Ownership.directory(layout.queueDir(), 0, 0, "rwx--x--x");
    Ownership.directory(layout.queueLib(), 0, 0, "rwxr-xr-x");
    Ownership.directory(layout.queueCredentials(), 0, worker, "rwxr-x---");
    openSocketDirectory();
    shareCredentials();
    LaunchSpec spec =
        new LaunchSpec(
            "queue worker",
            command(System.getenv()),
            LaunchSpec.PLAIN_ENVIRONMENT,
            layout.queueDir().resolve("worker.log"),
            layout.queuePid());
    Supervised.Hooks hooks =
        new Supervised.Hooks() {
          @Override
          public void beforeStart() throws IOException {
            Ownership.tree(layout.queueState(), worker, worker);
          }
        };
    process = new Supervised(spec, hooks, Backoff.ofProcess()).start();
  }

  /** The worker makes its socket here, and callers reach it; what is made gets their group. */
  private void openSocketDirectory() throws IOException {
    Path dir = layout.queueSocketDir();
    Files.createDirectories(dir);
    Files.setAttribute(dir, "unix:uid", Users.QUEUE_WORKER);
    Files.setAttribute(dir, "unix:gid", Users.QUEUE_CALLERS);
    Files.setAttribute(dir, "unix:mode", SET_GROUP | 0710);
  }

  /** Gives the worker gateway-lite's credentials of now; they are there once that has started. */
  void shareCredentials() throws IOException {
    for (String name : List.of("basic-auth-user", "basic-auth-password")) {
      Path secret = layout.secretsDir().resolve(name);
      if (Files.exists(secret)) {
        Ownership.file(
            layout.queueCredentials().resolve(name),
            Files.readAllBytes(secret),
            0,
            Users.QUEUE_WORKER,
            "r--r-----");
      }
    }
  }

  /** Whether it takes calls. */
  boolean answers() {
    try (Socket socket = new Socket()) {
      socket.connect(
          new InetSocketAddress(InetAddress.getLoopbackAddress(), config.ports().queueHttp()),
          1000);
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  /** What this JVM runs from, which may be closed to the worker's user where it is. */
  private static List<String> program() {
    return Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
        .filter(part -> !part.isEmpty() && Files.exists(Path.of(part)))
        .map(part -> Path.of(part).toAbsolutePath().toString())
        .toList();
  }

  private List<String> command(Map<String, String> environment) {
    List<String> program = program();
    List<String> command = new ArrayList<>();
    command.addAll(List.of("unshare", "--mount", "--", "sh", "-euc", SHOW_PROGRAM, "queue-worker"));
    command.add(layout.queueLib().toString());
    command.addAll(program);
    command.add("--");
    String user = Integer.toString(Users.QUEUE_WORKER);
    command.addAll(List.of("setpriv", "--reuid", user, "--regid", user));
    // A member of the group, so that it may give its socket to it.
    command.addAll(List.of("--groups", Integer.toString(Users.QUEUE_CALLERS)));
    command.addAll(List.of("--bounding-set", "-all", "--inh-caps", "-all"));
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
            IntStream.rangeClosed(1, program.size())
                .mapToObj(number -> layout.queueLib().resolve(number + ".jar").toString())
                .collect(Collectors.joining(File.pathSeparator)),
            MAIN,
            "--socket=" + layout.queueSocket(),
            "--state-dir=" + layout.queueState(),
            "--ingress=http://127.0.0.1:" + config.ports().ingress(),
            "--gateway=http://127.0.0.1:" + config.ports().gatewayRest(),
            "--credentials=" + layout.queueCredentials(),
            "--http-port=" + config.ports().queueHttp()));
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
