package io.directfaas.xds.clients;

import io.directfaas.graph.Graph;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.xds.envoy.TestGraph;
import io.directfaas.xds.identity.Authenticator;
import io.directfaas.xds.identity.FileTls;
import io.directfaas.xds.identity.ServerTls;
import io.directfaas.xds.identity.TestPki;
import io.directfaas.xds.identity.Tokens;
import io.directfaas.xds.load.CallCountService;
import io.directfaas.xds.load.Callees;
import io.directfaas.xds.load.LoadBook;
import io.directfaas.xds.load.LoadReportService;
import io.directfaas.xds.mesh.Mesh;
import io.directfaas.xds.store.ResourceFactory;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import io.directfaas.xds.stream.Metrics;
import io.directfaas.xds.stream.SidecarStatus;
import io.directfaas.xds.stream.StreamRegistry;
import io.directfaas.xds.stream.TlsServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The server on a TCP port of loopback, driven by hand where the graph's owner would. */
final class TcpServer implements AutoCloseable {
  static final String TRUST_DOMAIN = "test.example";
  static final byte[] TOKEN_KEY = new byte[32];

  final Metrics metrics = new Metrics();
  final Tokens tokens = new Tokens(TOKEN_KEY, Clock.systemUTC());
  private final StreamRegistry streams = new StreamRegistry(metrics);
  final LoadBook loads = new LoadBook();

  /** The newest counts of each source, as they would be reported. */
  final Map<SourceCalls.Source, SourceCalls> calls = new ConcurrentHashMap<>();

  private final Callees callees = new Callees(this::graphNow);
  private final LoadReportService loadReports =
      new LoadReportService(loads, callees, Duration.ofSeconds(1));
  private final ServerTls tls;
  private final TlsServer server;
  private final Mesh mesh;

  /**
   * @param port 0 for any
   */
  TcpServer(TestPki pki, int port, ResourceFactory factory) throws Exception {
    this(files(pki), port, factory);
  }

  private static ServerTls files(TestPki pki) throws Exception {
    TestPki.Material material = pki.server();
    return new FileTls(
        material.certificate(), material.privateKey(), pki.ca, pki.ca, Duration.ofMinutes(1));
  }

  TcpServer(ServerTls tls, int port, ResourceFactory factory) throws Exception {
    this.tls = tls;
    server =
        new TlsServer(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
            tls,
            new Authenticator(TRUST_DOMAIN, tokens),
            Duration.ofMinutes(30),
            streams,
            List.of(
                loadReports,
                new CallCountService(
                    callees, said -> calls.put(said.source(), said), denied -> {})));
    mesh = new Mesh(factory, SecretSource.NONE, streams, Duration.ofSeconds(5));
  }

  int port() {
    return server.port();
  }

  /** Brings the graph's last change to the mesh. */
  void go(TestGraph graph) throws Exception {
    mesh.go(graph.graph(), graph.delta()).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  /** Brings the whole graph to the mesh, as after a start. */
  void goWhole(TestGraph graph) throws Exception {
    mesh.go(graph.graph(), null).toCompletableFuture().get(20, TimeUnit.SECONDS);
  }

  List<SidecarStatus> clients() {
    return streams.clients();
  }

  List<SidecarStatus> sidecars() {
    return streams.sidecars();
  }

  private @Nullable Graph graphNow() {
    ResourceStore store = streams.store();
    return store == null ? null : store.graph();
  }

  @Override
  public void close() {
    server.close();
    loadReports.close();
    tls.close();
  }
}
