package io.directfaas.xds.clients;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/**
 * A gRPC client that nobody here wrote, as a process. It reads commands, one a line, and answers
 * each:
 *
 * <ul>
 *   <li>{@code call TARGET SECONDS}: asks the health service of an xDS target; {@code ok REPLICA
 *       SERVING}, or {@code error CODE message}
 *   <li>{@code close TARGET}: closes the channel to it; {@code ok}
 *   <li>{@code dump}: what its own CSDS service says of its resources, a line each of type URL,
 *       name, status, version and error; then {@code end}
 * </ul>
 */
final class ForeignClient implements AutoCloseable {
  /** Implementations of xDS in gRPC; each has one of its own. */
  enum Kind {
    JAVA,
    PYTHON,
    GO
  }

  /**
   * @param status as CSDS names it: REQUESTED, DOES_NOT_EXIST, ACKED, NACKED …
   */
  record Resource(String typeUrl, String name, String status, String version, String error) {}

  private static final Path SOURCES = Path.of("src/test/clients").toAbsolutePath();

  private final Process process;
  private final Path log;
  private final BufferedReader answers;
  private final PrintWriter commands;

  private ForeignClient(Process process, Path log) {
    this.process = process;
    this.log = log;
    this.answers = process.inputReader(StandardCharsets.UTF_8);
    this.commands = new PrintWriter(process.outputWriter(StandardCharsets.UTF_8), true);
  }

  /**
   * @param bootstrap the file with the xDS bootstrap
   * @param log where its standard error goes
   */
  static ForeignClient start(Kind kind, Path bootstrap, Path log) throws Exception {
    ProcessBuilder builder = new ProcessBuilder(command(kind)).redirectError(log.toFile());
    Map<String, String> environment = builder.environment();
    environment.keySet().removeIf(name -> name.startsWith("GRPC_") || name.endsWith("_proxy"));
    environment.put("GRPC_XDS_BOOTSTRAP", bootstrap.toString());
    // Where a client can do it: tokens beside certificates.
    environment.put("GRPC_EXPERIMENTAL_XDS_BOOTSTRAP_CALL_CREDS", "true");
    return new ForeignClient(builder.start(), log);
  }

  private static List<String> command(Kind kind) throws Exception {
    return switch (kind) {
      case JAVA ->
          List.of(
              Path.of(System.getProperty("java.home"), "bin", "java").toString(),
              "-XX:+UseSerialGC",
              "-XX:TieredStopAtLevel=1",
              "-Xmx256m",
              "-cp",
              System.getProperty("java.class.path"),
              JavaClient.class.getName());
      case PYTHON -> List.of(install("python"), SOURCES.resolve("python/client.py").toString());
      case GO -> List.of(install("go"));
    };
  }

  /** Installs a client if need be, and returns the program to run. */
  private static String install(String kind) throws Exception {
    Process script =
        new ProcessBuilder(SOURCES.resolve("install.sh").toString(), kind)
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    String program =
        new String(script.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
    if (script.waitFor() != 0) {
      throw new IllegalStateException("the " + kind + " client could not be installed");
    }
    return program;
  }

  /** Calls the health service of a target. */
  String call(String target, int seconds) {
    return ask("call " + target + " " + seconds);
  }

  /** Gives up the channel to a target, and with it the interest in its resources. */
  void close(String target) {
    if (!ask("close " + target).equals("ok")) {
      throw new IllegalStateException("the client cannot close " + target);
    }
  }

  /** What the client itself says of its resources. */
  List<Resource> dump() {
    List<Resource> resources = new ArrayList<>();
    String line = ask("dump");
    while (!line.equals("end")) {
      String[] words = line.split(" ", 5);
      resources.add(
          new Resource(
              words[0],
              words[1],
              words[2],
              words[3].substring(2),
              words.length > 4 ? words[4] : ""));
      line = read();
    }
    return resources;
  }

  private String ask(String command) {
    commands.println(command);
    return read();
  }

  private String read() {
    try {
      String line = answers.readLine();
      if (line == null) {
        throw new IllegalStateException("the client has ended; see " + log);
      }
      return line;
    } catch (IOException e) {
      throw new IllegalStateException("the client cannot be read", e);
    }
  }

  @Override
  public void close() throws InterruptedException {
    process.destroyForcibly();
    process.waitFor(10, TimeUnit.SECONDS);
  }

  /**
   * The kinds to test: all, unless the environment says that this machine cannot have some of them,
   * for instance {@code DIRECTFAAS_WITHOUT_CLIENTS=go,python}.
   */
  static List<Kind> kinds() {
    String without = System.getenv().getOrDefault("DIRECTFAAS_WITHOUT_CLIENTS", "");
    List<String> excluded = Arrays.asList(without.toUpperCase(java.util.Locale.ROOT).split(","));
    List<Kind> kinds = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      if (excluded.contains(kind.name())) {
        System.out.println(
            "NOTICE: not tested, as DIRECTFAAS_WITHOUT_CLIENTS wants it: xDS of gRPC " + kind);
      } else {
        kinds.add(kind);
      }
    }
    return kinds;
  }
}
