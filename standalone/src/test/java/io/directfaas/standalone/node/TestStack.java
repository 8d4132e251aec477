package io.directfaas.standalone.node;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.ProcessIdentity;
import io.directfaas.standalone.node.sidecar.ControlSockets;
import io.directfaas.standalone.node.sidecar.SidecarBootstrap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.stream.Stream;

/**
 * A stack of its own for one test: instance and directories that no other has. Closing it removes
 * all of it; what a killed test run left is removed by the next.
 */
public final class TestStack implements AutoCloseable {
  private static final Path ALL = Path.of("/tmp/directfaas-tests");
  private static final Path ENVOY = StackConfig.defaults().tools().envoy();

  private final Path dir;
  private final StackConfig config;
  private final List<LocalNode> nodes = new ArrayList<>();

  public TestStack() throws IOException, InterruptedException {
    sweepStale();
    String instance =
        "df-t" + Integer.toString(ThreadLocalRandom.current().nextInt(36 * 36 * 36 * 36), 36);
    dir = ALL.resolve(instance);
    Ownership.directory(ALL, 0, 0, "rwxr-xr-x");
    Ownership.directory(dir, 0, 0, "rwxr-xr-x");
    ProcessIdentity.of(ProcessHandle.current().pid()).orElseThrow().writeTo(dir.resolve("owner"));
    Ownership.directory(dir.resolve("s"), 0, 0, "rwxr-xr-x");
    Path aliases = dir.resolve("aliases.yml");
    Files.writeString(aliases, "functions/alpine: cat\n");
    config =
        StackConfig.instance(instance)
            .withStateDir(dir.resolve("s"))
            .withRunDir(dir.resolve("r"))
            .withPorts(ports())
            .withTools(
                new StackConfig.Tools(
                    ENVOY,
                    Path.of(System.getProperty("java.home"), "bin", "java"),
                    dir.resolve("watchdog.jar"),
                    aliases));
  }

  /** Of these services only the queue worker runs here, on a port that is free. */
  private static StackConfig.Ports ports() throws IOException {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return new StackConfig.Ports(
          8080, 8081, 8082, 9010, 18000, 18001, 6653, 6654, free.getLocalPort());
    }
  }

  private static void sweepStale() throws IOException, InterruptedException {
    if (!Files.isDirectory(ALL)) {
      return;
    }
    List<Path> stacks;
    try (Stream<Path> entries = Files.list(ALL)) {
      stacks = entries.toList();
    }
    for (Path stack : stacks) {
      var owner = ProcessIdentity.readFrom(stack.resolve("owner"));
      if (owner.isPresent() && !owner.get().alive()) {
        remove(stack);
      }
    }
  }

  private static void remove(Path stack) throws IOException, InterruptedException {
    String instance = stack.getFileName().toString();
    new Cleanup(new Layout(instance, stack.resolve("s"), stack.resolve("r"))).sweepAll();
    Cleanup.deleteTree(stack);
  }

  public StackConfig config() {
    return config;
  }

  public Layout layout() {
    return config.layout();
  }

  /** A node over this stack's directories, as a JVM that starts would make it. */
  public LocalNode node() throws IOException {
    LocalNode node =
        new LocalNode(
            config,
            bootstrap(),
            SOCKETS,
            (namespace, name) -> secret(namespace, name),
            calls -> {});
    nodes.add(node);
    return node;
  }

  private static Optional<byte[]> secret(String namespace, String name) {
    return Optional.of(("value of " + namespace + "/" + name).getBytes(StandardCharsets.UTF_8));
  }

  private static final ControlSockets SOCKETS =
      (path, nodeId, function, uid, gid) -> {
        Files.deleteIfExists(path);
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        server.bind(UnixDomainSocketAddress.of(path));
        Files.setAttribute(path, "unix:uid", uid);
        Files.setAttribute(path, "unix:gid", gid);
        return server;
      };

  /** An Envoy that answers every call itself: sidecars at 15001, the ingress in the host. */
  private SidecarBootstrap bootstrap() {
    return (nodeId, function, control, admin) -> {
      String address =
          function.isIngress()
              ? "\"port_value\":%d,\"network_namespace_filepath\":\"%s\""
                  .formatted(ingressPort(), Layout.namespaceFile(layout().hostNamespace()))
              : "\"port_value\":15001";
      return """
      {"node":{"id":"%s","cluster":"%s"},
       "admin":{"address":{"pipe":{"path":"%s","mode":384}}},
       "static_resources":{"listeners":[{"name":"outbound",
        "address":{"socket_address":{"address":"127.0.0.1",%s}},
        "filter_chains":[{"filters":[{"name":"envoy.filters.network.http_connection_manager",
         "typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
          "stat_prefix":"x",
          "route_config":{"virtual_hosts":[{"name":"all","domains":["*"],"routes":[
           {"match":{"prefix":"/"},"direct_response":{"status":200,"body":{"inline_string":"envoy of %s"}}}]}]},
          "http_filters":[{"name":"envoy.filters.http.router",
           "typed_config":{"@type":"type.googleapis.com/envoy.extensions.filters.http.router.v3.Router"}}]}}]}]}]}}
      """
          .formatted(nodeId, function, admin, address, nodeId);
    };
  }

  /** Where the ingress of this stack answers on the host. */
  public int ingressPort() {
    return 20000 + Math.floorMod(config.instance().hashCode(), 10000);
  }

  /** Lets the switch forward everything, in place of a controller. */
  public void openFabric() throws IOException {
    Tool.run("ovs-ofctl", "add-flow", layout().bridgeManagement().toString(), "actions=NORMAL");
  }

  /** Runs a command in a replica's namespace as that user, outside any sandbox. */
  public Tool.Result inNamespace(String replicaId, int uid, String... command) throws IOException {
    List<String> all = new ArrayList<>(Namespaces.enter(layout().replicaNamespace(replicaId)));
    all.addAll(
        List.of(
            "setpriv",
            "--reuid",
            Integer.toString(uid),
            "--regid",
            Integer.toString(uid),
            "--clear-groups",
            "--"));
    all.addAll(List.of(command));
    return Tool.attempt(all, "", Duration.ofSeconds(20));
  }

  /** Runs a command where the switch is. */
  public String inFabric(String... command) throws IOException {
    List<String> all = new ArrayList<>(Namespaces.enter(layout().fabricNamespace()));
    all.addAll(List.of(command));
    return Tool.run(all, "");
  }

  /** Asks for a page from inside a namespace; a second's patience for the connection. */
  public Tool.Result get(String replicaId, int uid, String url) throws IOException {
    return inNamespace(
        replicaId,
        uid,
        "/usr/bin/python3",
        "-c",
        "import sys, urllib.request\n"
            + "print(urllib.request.urlopen(sys.argv[1], timeout=1).read().decode())",
        url);
  }

  /** Puts a code bundle where the node looks for it; returns its name. */
  public String code(String file, String content) throws IOException {
    String name = "%064x".formatted(content.hashCode() & 0xffffffffL);
    Path bundle = layout().codeDir(name);
    Ownership.directory(bundle, 0, 0, "rwxr-xr-x");
    Ownership.file(
        bundle.resolve(file), content.getBytes(StandardCharsets.UTF_8), 0, 0, "rw-r--r--");
    return name;
  }

  /** A function that runs this Python program as its server. */
  public FunctionSpec python(String name, String program) throws IOException {
    return spec(
        name, "/usr/bin/python3 app.py", Map.of("directfaas.io/code", code("app.py", program)));
  }

  public static FunctionSpec spec(String name, String process, Map<String, String> annotations) {
    return new FunctionSpec(
        new FunctionRef("acme", name),
        "local/http",
        process,
        Map.of("GREETING", "hello world"),
        List.of(),
        List.of(),
        Map.of(),
        annotations,
        null,
        null,
        false);
  }

  public static Slot slot(int number) {
    return new Slot(number);
  }

  @Override
  public void close() throws IOException, InterruptedException {
    try {
      for (LocalNode node : nodes) {
        node.close();
      }
    } finally {
      remove(dir);
    }
  }
}
