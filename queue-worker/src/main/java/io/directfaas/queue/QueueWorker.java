package io.directfaas.queue;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.concurrent.TimeUnit;
import org.apache.catalina.Context;
import org.apache.catalina.LifecycleException;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.startup.Tomcat;
import org.apache.coyote.AbstractProtocol;
import org.apache.hc.client5.http.DnsResolver;
import org.apache.hc.client5.http.SystemDefaultDnsResolver;
import org.apache.hc.client5.http.config.ConnectionConfig;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.io.PoolingHttpClientConnectionManagerBuilder;
import org.apache.hc.core5.util.TimeValue;
import org.apache.hc.core5.util.Timeout;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;

/** The worker: what takes calls, what keeps them, what makes them. */
final class QueueWorker implements AutoCloseable {
  /** Longer than the longest silence that an Envoy allows a call. */
  private static final Timeout CALL_SILENCE = Timeout.ofMinutes(6);

  private static final Timeout CALLBACK_SILENCE = Timeout.ofSeconds(30);

  private final CallQueue queue;
  private final Dispatcher dispatcher;
  private final StatusServer status;
  private final Tomcat tomcat;
  private final CloseableHttpClient toFunctions;
  private final CloseableHttpClient outside;

  private QueueWorker(
      CallQueue queue,
      Dispatcher dispatcher,
      StatusServer status,
      Tomcat tomcat,
      CloseableHttpClient toFunctions,
      CloseableHttpClient outside) {
    this.queue = queue;
    this.dispatcher = dispatcher;
    this.status = status;
    this.tomcat = tomcat;
    this.toFunctions = toFunctions;
    this.outside = outside;
  }

  static QueueWorker start(QueueConfig config) throws IOException, InterruptedException {
    CallbackRules rules = new CallbackRules(config.callbackAllow());
    Path spool = emptySpool(config.stateDir());
    CallQueue queue =
        config.nats() == null
            ? SqliteQueue.open(config.stateDir().resolve("calls.db"), config.bounds())
            : JetStreamQueue.connect(config.nats(), config.bounds());
    CloseableHttpClient toFunctions =
        client(SystemDefaultDnsResolver.INSTANCE, config.atOnce(), CALL_SILENCE);
    CloseableHttpClient outside = client(rules, config.atOnce(), CALLBACK_SILENCE);
    RetryPolicies functions =
        new GatewayPolicies(config.gateway(), config.credentials(), toFunctions);
    WorkerMetrics metrics = new WorkerMetrics(queue);
    Dispatcher dispatcher =
        new Dispatcher(
            queue,
            new FunctionCaller(config.ingress(), toFunctions, spool),
            new CallbackSender(config.ingress(), toFunctions, outside),
            functions,
            metrics);
    Tomcat tomcat =
        server(
            config,
            new AcceptServlet(
                queue, rules, functions, metrics, queue.mostBody(config.bounds().body())));
    // Last, so that who finds it finds the rest.
    StatusServer status = new StatusServer(metrics, config.httpPort());
    dispatcher.start(config.atOnce());
    return new QueueWorker(queue, dispatcher, status, tomcat, toFunctions, outside);
  }

  /** Results that a killed worker left are of no use to anybody. */
  private static Path emptySpool(Path stateDir) throws IOException {
    Path spool = stateDir.resolve("spool");
    Files.createDirectories(spool);
    try (DirectoryStream<Path> files = Files.newDirectoryStream(spool)) {
      for (Path file : files) {
        Files.delete(file);
      }
    }
    return spool;
  }

  private static CloseableHttpClient client(DnsResolver resolver, int atOnce, Timeout silence) {
    return HttpClients.custom()
        .setConnectionManager(
            PoolingHttpClientConnectionManagerBuilder.create()
                .setDnsResolver(resolver)
                .setMaxConnTotal(2 * atOnce)
                .setMaxConnPerRoute(2 * atOnce)
                .setDefaultConnectionConfig(
                    ConnectionConfig.custom()
                        .setConnectTimeout(Timeout.ofSeconds(5))
                        .setSocketTimeout(silence)
                        .setValidateAfterInactivity(TimeValue.ofSeconds(1))
                        .build())
                .build())
        .disableRedirectHandling()
        .disableAutomaticRetries()
        .disableContentCompression()
        .disableCookieManagement()
        .disableAuthCaching()
        .disableDefaultUserAgent()
        .evictIdleConnections(TimeValue.of(30, TimeUnit.SECONDS))
        .build();
  }

  /** The port of {@link StatusServer}. */
  int httpPort() {
    return status.port();
  }

  private static Tomcat server(QueueConfig config, AcceptServlet servlet) throws IOException {
    Files.deleteIfExists(config.socket());
    Tomcat tomcat = new Tomcat();
    tomcat.setBaseDir(config.stateDir().toString());
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setProperty("unixDomainSocketPath", config.socket().toString());
    // Its directory gives the socket the group of those who may call.
    connector.setProperty("unixDomainSocketPathPermissions", "rw-rw----");
    // Whoever made the directory decided who may enter it.
    Path parent = config.socket().toAbsolutePath().getParent();
    connector.setProperty(
        "unixDomainSocketParentPermissions",
        PosixFilePermissions.toString(Files.getPosixFilePermissions(parent)));
    connector.setProperty("unixDomainSocketParentOwner", Files.getOwner(parent).getName());
    // Else Tomcat only logs that it does not listen.
    connector.setThrowOnFailure(true);
    connector.setProperty("maxHttpRequestHeaderSize", Integer.toString(1 << 20));
    connector.setXpoweredBy(false);
    connector.setParseBodyMethods("");
    if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
      protocol.setExecutor(new VirtualThreadExecutor("accept-"));
    }
    tomcat.setConnector(connector);
    Context context = tomcat.addContext("", null);
    Tomcat.addServlet(context, "accept", servlet);
    context.addServletMappingDecoded("/", "accept");
    try {
      tomcat.start();
    } catch (LifecycleException e) {
      throw new IOException("the worker cannot listen on " + config.socket(), e);
    }
    return tomcat;
  }

  @Override
  public void close() throws IOException {
    try {
      tomcat.stop();
      tomcat.destroy();
    } catch (LifecycleException e) {
      throw new IOException(e);
    } finally {
      dispatcher.close();
      status.close();
      toFunctions.close();
      outside.close();
      queue.close();
    }
  }
}
