package io.directfaas.standalone.node.function;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.function.FunctionSpec.Resources;
import io.directfaas.graph.Violation;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.function.ImageAliases.Mode;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Starts functions of one stack, each in its replica's namespace, as its user, in its sandbox. */
public final class FunctionRuntime {
  private static final Logger log = LoggerFactory.getLogger(FunctionRuntime.class);

  /** Names the function's code, by the SHA-256 of its contents. */
  public static final String CODE_ANNOTATION = "directfaas.io/code";

  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");
  private static final Pattern ENVIRONMENT_NAME = Pattern.compile("[^=\0]+");

  /** The names of secrets are names of files here: no slash, and no leading dot. */
  private static final Pattern SECRET_NAME =
      Pattern.compile("[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?");

  private static final String WATCHDOG_PLACE = "/opt/directfaas/watchdog.jar";
  private static final String DIRECT_CALLS_PLACE = "/opt/directfaas/calls";
  private static final String WATCHDOG_MAIN = "io.directfaas.watchdog.Main";

  /** Small and quick to start rather than fast: its work is to fork and to copy. */
  private static final List<String> WATCHDOG_OPTIONS =
      List.of("-Xmx48m", "-Xss256k", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1");

  /**
   * The shell stays between us and bubblewrap for one reason: bubblewrap then has a parent that
   * does not die with this JVM, and can be told to die with its parent. So whoever of the two is
   * killed, the function goes as well, and never stays behind without anybody's care. $0 is the
   * file of bubblewrap's options: they hold the environment, which others must not read from a
   * command line.
   */
  private static final String SHELL = "ulimit -c 0; bwrap --args 3 -- \"$@\" 3<\"$0\" & wait $!";

  private final Layout layout;
  private final StackConfig.Tools tools;
  private final ImageAliases aliases;
  private final SecretSource secrets;
  private final Cgroups cgroups;
  private final Consumer<SourceCalls> directCalls;
  private final Map<String, DirectCallsSocket> callSockets = new ConcurrentHashMap<>();

  /**
   * @param directCalls takes the word of functions on calls that passed no proxy
   */
  public FunctionRuntime(
      StackConfig config,
      ImageAliases aliases,
      SecretSource secrets,
      Consumer<SourceCalls> directCalls) {
    this.layout = config.layout();
    this.tools = config.tools();
    this.aliases = aliases;
    this.secrets = secrets;
    this.directCalls = directCalls;
    this.cgroups = new Cgroups(config.instance());
  }

  /** Puts the watchdog where functions may read it. A new build of it leaves running ones alone. */
  public void installWatchdog() throws IOException {
    if (Files.exists(tools.watchdogJar())) {
      Path jar = layout.watchdogJar();
      Ownership.directory(layout.libDir(), 0, 0, "rwxr-xr-x");
      Path copy = jar.resolveSibling("watchdog.jar.new");
      Ownership.file(copy, Files.readAllBytes(tools.watchdogJar()), 0, 0, "rw-r--r--");
      Files.move(copy, jar, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    }
  }

  /** Whether the function can run here; what is wrong if not. */
  public Optional<Violation> check(FunctionSpec spec) {
    Optional<FunctionCommand> command = FunctionCommand.of(spec, aliases);
    if (command.isEmpty()) {
      return Optional.of(FunctionCommand.missing(spec));
    }
    if (command.get().line().indexOf('\0') >= 0) {
      return Optional.of(new Violation("envProcess", "holds a NUL character"));
    }
    String code = spec.annotations().get(CODE_ANNOTATION);
    if (code != null
        && (!SHA256.matcher(code).matches() || !Files.isDirectory(layout.codeDir(code)))) {
      return Optional.of(
          new Violation(
              "annotations[\"" + CODE_ANNOTATION + "\"]",
              "'" + code + "' is not the SHA-256 of a code bundle on this machine"));
    }
    return environmentViolation(spec)
        .or(() -> secretViolation(spec))
        .or(() -> resourceViolation("limits", spec.limits()))
        .or(() -> resourceViolation("requests", spec.requests()));
  }

  private static Optional<Violation> environmentViolation(FunctionSpec spec) {
    return Optional.ofNullable(spec.envVars()).orElse(Map.of()).entrySet().stream()
        .filter(
            variable ->
                !ENVIRONMENT_NAME.matcher(variable.getKey()).matches()
                    || variable.getValue().indexOf('\0') >= 0)
        .findFirst()
        .map(
            variable ->
                new Violation(
                    "envVars[\"" + variable.getKey() + "\"]", "is not an environment variable"));
  }

  private static Optional<Violation> secretViolation(FunctionSpec spec) {
    return spec.secrets().stream()
        .filter(name -> !SECRET_NAME.matcher(name).matches())
        .findFirst()
        .map(name -> new Violation("secrets", "'" + name + "' is not a DNS name"));
  }

  private static Optional<Violation> resourceViolation(
      String field, @Nullable Resources resources) {
    if (resources == null) {
      return Optional.empty();
    }
    if (resources.memory() != null && Quantity.units(resources.memory()).isEmpty()) {
      return Optional.of(new Violation(field + ".memory", notAQuantity(resources.memory())));
    }
    if (resources.cpu() != null && Quantity.milli(resources.cpu()).isEmpty()) {
      return Optional.of(new Violation(field + ".cpu", notAQuantity(resources.cpu())));
    }
    return Optional.empty();
  }

  private static String notAQuantity(String text) {
    return "'" + text + "' is not a quantity such as 128Mi or 500m";
  }

  /**
   * Starts or adopts a replica's function. The replica's network is there.
   *
   * @param onChange called whenever it has started or ended
   */
  public FunctionProcess start(String replicaId, FunctionSpec spec, Slot slot, Runnable onChange) {
    listenForDirectCalls(replicaId, spec, slot);
    String namespace = layout.replicaNamespace(replicaId);
    LaunchSpec launch =
        new LaunchSpec(
            "function " + spec.ref() + " " + replicaId,
            command(replicaId, spec, slot),
            LaunchSpec.PLAIN_ENVIRONMENT,
            layout.functionLog(replicaId),
            layout.functionPid(replicaId));
    Supervised.Hooks hooks =
        new Supervised.Hooks() {
          @Override
          public void beforeStart() throws IOException {
            try {
              // A process of the last life would hold the port.
              FunctionProcess.killAll(namespace, slot.functionUid());
            } catch (InterruptedException e) {
              Thread.currentThread().interrupt();
              throw new IOException("interrupted", e);
            }
            prepare(replicaId, spec, slot);
          }

          @Override
          public void started(DetachedProcess process, boolean adopted) {
            onChange.run();
          }

          @Override
          public void ended(String reason) {
            onChange.run();
          }
        };
    return new FunctionProcess(
        namespace, slot, new Supervised(launch, hooks, Backoff.ofProcess()).start());
  }

  /** Only our own watchdog has something to say; others are called all the same. */
  private void listenForDirectCalls(String replicaId, FunctionSpec spec, Slot slot) {
    if (isClassic(spec)) {
      try {
        callSockets.put(
            replicaId,
            DirectCallsSocket.open(
                layout.directCallsDir(replicaId),
                slot.functionUid(),
                replicaId,
                spec.ref(),
                directCalls));
      } catch (IOException e) {
        log.warn("calls of {} by name are not counted: {}", replicaId, e.getMessage());
      }
    }
  }

  private boolean isClassic(FunctionSpec spec) {
    return FunctionCommand.of(spec, aliases)
        .filter(command -> command.mode() == Mode.CLASSIC)
        .isPresent();
  }

  /** What the replica's processes have used; empty where this machine does not tell. */
  public Optional<Cgroups.Consumption> consumption(String replicaId) {
    return cgroups.consumption(replicaId);
  }

  /** Removes what {@link #start} made besides the process, which has ended. */
  public void clean(String replicaId) throws IOException {
    forget(replicaId);
    cgroups.delete(replicaId);
  }

  /** Listens to it no longer; it runs on, and will speak to who listens next. */
  public void forget(String replicaId) {
    DirectCallsSocket socket = callSockets.remove(replicaId);
    if (socket != null) {
      socket.close();
    }
  }

  private List<String> command(String replicaId, FunctionSpec spec, Slot slot) {
    String uid = Integer.toString(slot.functionUid());
    List<String> command = new ArrayList<>();
    // As root, before anything of the function's: enter the control groups, if there are any.
    command.addAll(
        List.of(
            "sh",
            "-c",
            "while read -r procs; do echo $$ >\"$procs\"; done <\"$0\"; exec \"$@\"",
            cgroupFile(replicaId).toString()));
    command.addAll(Namespaces.enter(layout.replicaNamespace(replicaId)));
    command.addAll(List.of("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups"));
    command.addAll(List.of("--bounding-set", "-all", "--inh-caps", "-all"));
    command.addAll(List.of("--ambient-caps", "-all", "--no-new-privs", "--"));
    command.addAll(List.of("sh", "-c", SHELL, optionsFile(replicaId).toString()));
    command.addAll(inSandbox(FunctionCommand.of(spec, aliases)));
    return command;
  }

  private List<String> inSandbox(Optional<FunctionCommand> command) {
    if (command.isPresent() && command.get().mode() == Mode.HTTP) {
      return command.get().words();
    }
    List<String> watchdog = new ArrayList<>();
    watchdog.add(java().toString());
    watchdog.addAll(WATCHDOG_OPTIONS);
    watchdog.addAll(List.of("-cp", WATCHDOG_PLACE, WATCHDOG_MAIN));
    return watchdog;
  }

  private Path java() {
    try {
      // Without the links on the way, which the sandbox may not have.
      return tools.java().toRealPath();
    } catch (IOException e) {
      return tools.java();
    }
  }

  /** Writes what the sandbox shows. Also again before a restart: secrets may have changed. */
  private void prepare(String replicaId, FunctionSpec spec, Slot slot) throws IOException {
    FunctionCommand command =
        FunctionCommand.of(spec, aliases)
            .orElseThrow(() -> new IOException(FunctionCommand.missing(spec).toString()));
    int gid = slot.functionUid();
    Path dir = layout.replicaDir(replicaId);
    Ownership.directory(dir, 0, gid, "rwx--x---");
    Path etc = dir.resolve("etc");
    Ownership.directory(etc, 0, gid, "rwxr-x---");
    for (var file : Sandbox.etcFiles(replicaId, slot).entrySet()) {
      byte[] content = file.getValue().getBytes(StandardCharsets.UTF_8);
      Ownership.file(etc.resolve(file.getKey()), content, 0, gid, "r--r-----");
    }
    Path secretsDir = dir.resolve("secrets");
    Ownership.directory(secretsDir, 0, gid, "rwxr-x---");
    for (String name : spec.secrets()) {
      byte[] value =
          secrets
              .read(spec.ref().namespace(), name)
              .orElseThrow(() -> new IOException("secret " + name + " is not there"));
      Ownership.file(secretsDir.resolve(name), value, 0, gid, "r--r-----");
    }
    String code = spec.annotations().get(CODE_ANNOTATION);
    boolean classic = command.mode() == Mode.CLASSIC;
    Sandbox sandbox =
        new Sandbox(
            replicaId,
            slot,
            Optional.ofNullable(code).map(layout::codeDir),
            etc,
            secretsDir,
            classic ? List.of(javaHome()) : List.of(),
            classic
                ? Map.of(
                    WATCHDOG_PLACE,
                    layout.watchdogJar(),
                    DIRECT_CALLS_PLACE,
                    layout.directCallsDir(replicaId))
                : Map.of(),
            environment(spec, command));
    byte[] options = (String.join("\0", sandbox.options()) + "\0").getBytes(StandardCharsets.UTF_8);
    Ownership.file(optionsFile(replicaId), options, 0, gid, "r--r-----");
    StringBuilder entrances = new StringBuilder();
    for (Path entrance : cgroups.create(replicaId, spec.limits())) {
      entrances.append(entrance).append('\n');
    }
    Ownership.file(
        cgroupFile(replicaId),
        entrances.toString().getBytes(StandardCharsets.UTF_8),
        0,
        0,
        "r--------");
  }

  private Path javaHome() throws IOException {
    Path bin = java().getParent();
    Path home = bin == null ? null : bin.getParent();
    if (home == null) {
      throw new IOException(tools.java() + " is not the java of a JDK");
    }
    return home;
  }

  private static Map<String, String> environment(FunctionSpec spec, FunctionCommand command) {
    Map<String, String> environment = new LinkedHashMap<>();
    environment.put("PATH", "/usr/local/bin:/usr/bin:/bin");
    environment.put("HOME", Sandbox.HOME);
    environment.put("LANG", "C.UTF-8");
    environment.put("OPENFAAS_NAME", spec.ref().name());
    environment.put("OPENFAAS_NAMESPACE", spec.ref().namespace());
    if (command.mode() == Mode.HTTP) {
      // The JVM alone keeps what it has looked up, for 30 s by default: too long for a name that
      // follows replicas. It says on its standard error that it has read this, which with a command
      // per request may be part of the answer; but such a JVM does not live long enough to mind.
      environment.put("JAVA_TOOL_OPTIONS", "-Dsun.net.inetaddr.ttl=1");
    }
    if (spec.envVars() != null) {
      environment.putAll(spec.envVars());
    }
    environment.put("fprocess", command.line());
    if (command.mode() == Mode.CLASSIC) {
      environment.put("counts_socket", DIRECT_CALLS_PLACE + "/" + DirectCallsSocket.NAME);
    }
    environment.put("PORT", Integer.toString(FunctionProcess.PORT));
    return environment;
  }

  private Path optionsFile(String replicaId) {
    return layout.replicaDir(replicaId).resolve("bwrap.options");
  }

  private Path cgroupFile(String replicaId) {
    return layout.replicaDir(replicaId).resolve("cgroups");
  }
}
