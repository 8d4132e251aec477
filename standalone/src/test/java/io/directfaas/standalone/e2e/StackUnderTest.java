package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.cli.InProcess;
import io.directfaas.standalone.node.process.ProcessIdentity;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * A stack of its own beside whatever else runs on this machine: own names, directories and ports.
 * Driven by the command line in child processes, as a user does it.
 */
final class StackUnderTest implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration COMMAND_TIMEOUT = Duration.ofMinutes(6);
  private static final List<Integer> PORTS =
      List.of(8080, 8081, 8082, 9010, 18000, 18001, 6653, 6654, 8083);

  /** Names the test run's process. */
  private static final String OWNER = "test-run.pid";

  private final String instance;
  private final Path dir;
  private final int portOffset;
  private final Map<String, String> environment;
  private final HttpClient http =
      HttpClient.newBuilder()
          .version(HttpClient.Version.HTTP_1_1)
          .connectTimeout(Duration.ofSeconds(5))
          .build();

  /**
   * What a command printed.
   *
   * @param exit its exit code
   * @param output standard output and error, interleaved
   */
  record Outcome(int exit, String output) {}

  private StackUnderTest(
      String instance, Path dir, int portOffset, Map<String, String> environment) {
    this.instance = instance;
    this.dir = dir;
    this.portOffset = portOffset;
    this.environment = environment;
  }

  /** Not started. */
  static StackUnderTest create() {
    return create(Map.of());
  }

  /**
   * Not started.
   *
   * @param environment of its commands and its process
   */
  private static StackUnderTest create(Map<String, String> environment) {
    endAbandoned();
    String instance =
        "df-t" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36), 36);
    StackUnderTest stack =
        new StackUnderTest(instance, Path.of("/run", instance), freeOffset(), environment);
    try {
      Files.createDirectories(stack.dir);
      ProcessIdentity.of(ProcessHandle.current().pid())
          .orElseThrow()
          .writeTo(stack.dir.resolve(OWNER));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
    return stack;
  }

  /** Ends the stacks of test runs that were killed before they could. */
  private static void endAbandoned() {
    try (DirectoryStream<Path> dirs = Files.newDirectoryStream(Path.of("/run"), "df-t*")) {
      for (Path abandoned : dirs) {
        Path owner = abandoned.resolve(OWNER);
        if (Files.exists(owner)
            && ProcessIdentity.readFrom(owner).filter(ProcessIdentity::alive).isEmpty()) {
          new StackUnderTest(abandoned.getFileName().toString(), abandoned, 0, Map.of()).close();
        }
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  static StackUnderTest started() {
    return started(Map.of());
  }

  /**
   * @param environment of its commands and its process: settings of its services, too
   */
  static StackUnderTest started(Map<String, String> environment) {
    StackUnderTest stack = create(environment);
    try {
      stack.succeed("up");
    } catch (RuntimeException | Error e) {
      stack.close();
      throw e;
    }
    return stack;
  }

  /** Ends it, whatever state it is in, and takes its files away. */
  @Override
  public void close() {
    Outcome down = run("down");
    try (Stream<Path> files = Files.exists(dir) ? Files.walk(dir) : Stream.empty()) {
      for (Path file : files.sorted(java.util.Comparator.reverseOrder()).toList()) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new AssertionError("cannot clean up " + dir, e);
    }
    assertThat(down.exit()).as(down.output()).isZero();
  }

  // ---- commands ----

  /** Runs {@code directfaas COMMAND...} against this stack. */
  Outcome run(String... command) {
    return runAs(List.of(), command);
  }

  /**
   * @param prefix a command that runs the command behind it, such as {@code setpriv}
   */
  Outcome runAs(List<String> prefix, String... command) {
    List<String> line = new ArrayList<>(prefix);
    line.addAll(
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "-XX:TieredStopAtLevel=1",
            "-XX:+UseSerialGC",
            "-cp",
            System.getProperty("java.class.path"),
            "io.directfaas.standalone.cli.DirectFaas"));
    line.addAll(ofThisStack(command));
    return execute(line, environment);
  }

  private List<String> ofThisStack(String... command) {
    List<String> line = new ArrayList<>();
    line.add(command[0]);
    line.addAll(
        List.of(
            "--instance", instance,
            "--state-dir", stateDir().toString(),
            "--run-dir", runDir().toString(),
            "--port-offset", Integer.toString(portOffset)));
    line.addAll(List.of(command).subList(1, command.length));
    return line;
  }

  /** Runs a command that must succeed. */
  String succeed(String... command) {
    Outcome outcome = run(command);
    assertThat(outcome.exit())
        .as("directfaas %s%n%s%n%s", String.join(" ", command), outcome.output(), logTail())
        .isZero();
    return outcome.output();
  }

  /** What the command says, without a process of its own: tests ask for it again and again. */
  JsonNode status() {
    return json(InProcess.output(ofThisStack("status", "--json").toArray(String[]::new)));
  }

  static JsonNode json(String output) {
    int start = output.indexOf('{');
    assertThat(start).as(output).isNotNegative();
    return JSON.readTree(output.substring(start));
  }

  static Outcome execute(List<String> line) {
    return execute(line, Map.of());
  }

  private static Outcome execute(List<String> line, Map<String, String> environment) {
    try {
      Path output = Files.createTempFile("directfaas-test", ".txt");
      try {
        ProcessBuilder builder =
            new ProcessBuilder(line)
                .redirectErrorStream(true)
                .redirectOutput(output.toFile())
                .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()));
        builder.environment().put("DIRECTFAAS_HOME", home().toString());
        builder.environment().putAll(environment);
        Process process = builder.start();
        if (!process.waitFor(COMMAND_TIMEOUT.toSeconds(), TimeUnit.SECONDS)) {
          process.destroyForcibly();
          throw new AssertionError(line.getLast() + " did not end: " + Files.readString(output));
        }
        return new Outcome(process.exitValue(), Files.readString(output));
      } finally {
        Files.delete(output);
      }
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  // ---- where things are ----

  String instance() {
    return instance;
  }

  Path stateDir() {
    return dir.resolve("state");
  }

  Path runDir() {
    return dir.resolve("run");
  }

  /** The checkout. */
  static Path home() {
    Path here = Path.of("").toAbsolutePath();
    Path parent = here.getParent();
    return Files.exists(here.resolve("samples")) || parent == null ? here : parent;
  }

  static Path sample(String path) {
    return home().resolve("samples").resolve(path);
  }

  int port(int standard) {
    return standard + portOffset;
  }

  long daemonPid() {
    try {
      return Long.parseLong(
          Files.readString(runDir().resolve("daemon.pid")).strip().split("\\s+")[0]);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  // ---- calls ----

  URI function(String nameAndPath) {
    return URI.create("http://127.0.0.1:" + port(8080) + "/function/" + nameAndPath);
  }

  HttpResponse<byte[]> call(String function, byte[] body) throws IOException, InterruptedException {
    return http.send(
        HttpRequest.newBuilder(function(function))
            .timeout(Duration.ofSeconds(30))
            .POST(BodyPublishers.ofByteArray(body))
            .build(),
        BodyHandlers.ofByteArray());
  }

  /** A call of the control API through the ingress, with credentials. */
  HttpResponse<String> control(String method, String path, String body) {
    try {
      String credentials =
          Files.readString(stateDir().resolve("secrets/basic-auth-user")).strip()
              + ":"
              + Files.readString(stateDir().resolve("secrets/basic-auth-password")).strip();
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(8080) + path))
              .timeout(Duration.ofSeconds(60))
              .header(
                  "Authorization",
                  "Basic "
                      + Base64.getEncoder()
                          .encodeToString(credentials.getBytes(StandardCharsets.UTF_8)))
              .header("Content-Type", "application/json")
              .method(method, BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    } catch (IOException e) {
      throw new AssertionError(method + " " + path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** What a service of the stack answers on its own port. */
  JsonNode get(int standardPort, String path) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(standardPort) + path))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(path).isEqualTo(200);
      return JSON.readTree(answer.body());
    } catch (IOException e) {
      throw new AssertionError(path, e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  /** gateway-lite's metrics. */
  String metrics() {
    try {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port(8082) + "/metrics"))
                  .timeout(Duration.ofSeconds(10))
                  .build(),
              BodyHandlers.ofString())
          .body();
    } catch (IOException e) {
      throw new AssertionError(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  String logTail() {
    Path log = stateDir().resolve("log/stack.log");
    try {
      if (!Files.exists(log)) {
        return "(no log)";
      }
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 60), lines.size()));
    } catch (IOException e) {
      return "(unreadable log: " + e + ")";
    }
  }

  private static int freeOffset() {
    for (int attempt = 0; attempt < 100; attempt++) {
      // Below the ports that the kernel gives to outgoing connections, from 32768 on: one that is
      // free
      // now would not be so for long.
      int offset = ThreadLocalRandom.current().nextInt(1000, 32768 - Collections.max(PORTS));
      if (PORTS.stream().allMatch(port -> isFree(port + offset))) {
        return offset;
      }
    }
    throw new AssertionError("no free ports");
  }

  private static boolean isFree(int port) {
    try (ServerSocket socket = new ServerSocket()) {
      socket.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }
}
