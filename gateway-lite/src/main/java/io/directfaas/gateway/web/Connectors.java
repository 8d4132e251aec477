package io.directfaas.gateway.web;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import org.apache.catalina.connector.Connector;
import org.apache.catalina.core.StandardHost;
import org.apache.coyote.AbstractProtocol;
import org.apache.coyote.http11.AbstractHttp11Protocol;
import org.apache.tomcat.util.threads.VirtualThreadExecutor;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.tomcat.servlet.TomcatServletWebServerFactory;
import org.springframework.boot.web.server.WebServerFactoryCustomizer;
import org.springframework.core.Ordered;

/** Where the API listens: a TCP port, and a unix socket for the ingress. */
public final class Connectors
    implements WebServerFactoryCustomizer<TomcatServletWebServerFactory>, Ordered {
  /**
   * Bytes. A list of a thousand functions is some 200 kB: in pieces of Tomcat's 8 kB, reader and
   * writer wake each other twenty times and more, and on a busy machine wait for a processor each
   * time.
   */
  private static final int WRITE_AT_ONCE = 64 * 1024;

  private final InetAddress address;
  private final int port;
  private final @Nullable Path socket;
  private final String socketPermissions;
  private final Duration readTimeout;
  private final BodyBytes bodyBytes;

  public Connectors(
      InetAddress address,
      int port,
      @Nullable Path socket,
      String socketPermissions,
      Duration readTimeout,
      BodyBytes bodyBytes) {
    this.address = address;
    this.port = port;
    this.socket = socket;
    this.socketPermissions = socketPermissions;
    this.readTimeout = readTimeout;
    this.bodyBytes = bodyBytes;
  }

  @Override
  public void customize(TomcatServletWebServerFactory factory) {
    factory.setAddress(address);
    factory.setPort(port);
    factory.setRegisterDefaultServlet(false);
    factory.addEngineValves(new BodyBytesValve(bodyBytes));
    factory.addConnectorCustomizers(this::configure);
    factory.addContextCustomizers(
        context -> {
          if (context.getParent() instanceof StandardHost host) {
            host.setErrorReportValveClass(PlainErrorValve.class.getName());
          }
        });
    if (socket != null) {
      factory.addAdditionalConnectors(unixConnector(socket));
    }
  }

  /** After Boot's own, whose server.* properties other services in this JVM may use. */
  @Override
  public int getOrder() {
    return Ordered.LOWEST_PRECEDENCE;
  }

  private Connector unixConnector(Path path) {
    removeStale(path);
    Connector connector = new Connector("org.apache.coyote.http11.Http11NioProtocol");
    connector.setProperty("unixDomainSocketPath", path.toString());
    connector.setProperty("unixDomainSocketPathPermissions", socketPermissions);
    connector.setProperty("unixDomainSocketParentPermissions", permissionsOfParent(path));
    configure(connector);
    return connector;
  }

  private void configure(Connector connector) {
    connector.setXpoweredBy(false);
    // The body is JSON whatever its type says: curl -d calls it a form.
    connector.setParseBodyMethods("");
    connector.setProperty("socket.appWriteBufSize", Integer.toString(WRITE_AT_ONCE));
    if (connector.getProtocolHandler() instanceof AbstractProtocol<?> protocol) {
      protocol.setConnectionTimeout((int) Math.min(readTimeout.toMillis(), Integer.MAX_VALUE));
      protocol.setExecutor(new VirtualThreadExecutor("gateway-http-"));
    }
    if (connector.getProtocolHandler() instanceof AbstractHttp11Protocol<?> http) {
      http.setMaxSwallowSize(BodyBytesValve.MAX_UNREAD);
      // Tomcat closes a connection after a hundred requests, so that one in a hundred waits for
      // a new one; the ingress and whoever polls keep theirs.
      http.setMaxKeepAliveRequests(-1);
    }
  }

  /** A killed process leaves its socket behind; a live one of ours cannot be there, see Store. */
  private static void removeStale(Path path) {
    try {
      Path parent = path.toAbsolutePath().getParent();
      if (parent != null) {
        Files.createDirectories(parent);
      }
      Files.deleteIfExists(path);
    } catch (IOException e) {
      throw new UncheckedIOException("the socket " + path + " cannot be made", e);
    }
  }

  /** Whoever made the directory decided who may enter it. */
  private static String permissionsOfParent(Path path) {
    try {
      Path parent = path.toAbsolutePath().getParent();
      return PosixFilePermissions.toString(
          Files.getPosixFilePermissions(
              parent == null ? Path.of("/") : parent, LinkOption.NOFOLLOW_LINKS));
    } catch (IOException e) {
      throw new UncheckedIOException("the socket " + path + " cannot be made", e);
    }
  }
}
