package io.directfaas.gateway;

import io.directfaas.graph.Names;
import io.directfaas.graph.watch.PublisherConfig;
import java.net.URI;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How gateway-lite is set up.
 *
 * @param stateDir where everything durable is kept
 * @param bindAddress where all TCP ports listen
 * @param httpPort the REST API; 0 for any free one
 * @param metricsPort Prometheus; 0 for any free one
 * @param grpcPort the watch service; 0 for any free one
 * @param socket a unix socket that serves the REST API as well, for the ingress; none when not set
 * @param socketPermissions of that socket; whoever can connect still needs the credentials
 * @param secretsDir where basic-auth-user and basic-auth-password are; by default {@code secrets}
 *     in the state directory
 * @param defaultNamespace the namespace of functions that name none
 * @param basicAuth whether the control API asks for credentials
 * @param readTimeout how long a request may take to arrive
 * @param writeTimeout how long a followed log is sent at most
 * @param expect who must take part in a change before it counts as live
 * @param meshWait how long a change waits for the mesh at most: a move of a data path has three
 *     steps, each of which waits for the answers of sidecars
 * @param retireAfter how long calls over a removed edge may still finish
 * @param movedRetireAfter how long calls over the old way of an edge that stays may still finish,
 *     when its data path changes
 * @param activationTimeout how long a call waits for a function to start at most
 * @param activationPatience how long a function may fail to start before who waits hears of it
 * @param scaleDownAfter for how long fewer replicas must have been enough for a function's load
 *     before some are stopped
 * @param queueWorker where the queue worker says how it is, such as http://127.0.0.1:8083; not set
 *     where there is none
 */
@ConfigurationProperties("directfaas.gateway")
public record GatewayProperties(
    @DefaultValue("/var/lib/directfaas") Path stateDir,
    @DefaultValue("127.0.0.1") String bindAddress,
    @DefaultValue("8081") int httpPort,
    @DefaultValue("8082") int metricsPort,
    @DefaultValue("9010") int grpcPort,
    @Nullable Path socket,
    @DefaultValue("rw-rw-rw-") String socketPermissions,
    @Nullable Path secretsDir,
    @DefaultValue("openfaas-fn") String defaultNamespace,
    @DefaultValue("true") boolean basicAuth,
    @DefaultValue("60s") Duration readTimeout,
    @DefaultValue("60s") Duration writeTimeout,
    @DefaultValue({"fabric", "mesh"}) Set<PublisherConfig.Role> expect,
    @DefaultValue("7s") Duration meshWait,
    @DefaultValue("500ms") Duration retireAfter,
    @DefaultValue("10s") Duration movedRetireAfter,
    @DefaultValue("60s") Duration activationTimeout,
    @DefaultValue("10s") Duration activationPatience,
    @DefaultValue("60s") Duration scaleDownAfter,
    @Nullable URI queueWorker) {

  // sun_path of unix(7), less its terminating zero
  private static final int MAX_SOCKET_PATH = 107;

  public GatewayProperties {
    requirePort("http-port", httpPort);
    requirePort("metrics-port", metricsPort);
    requirePort("grpc-port", grpcPort);
    require(Names.isDnsLabel(defaultNamespace), "default-namespace", "must be a DNS label");
    require(readTimeout.isPositive(), "read-timeout", "must be positive");
    require(writeTimeout.isPositive(), "write-timeout", "must be positive");
    require(!meshWait.isNegative(), "mesh-wait", "must not be negative");
    require(!retireAfter.isNegative(), "retire-after", "must not be negative");
    require(!movedRetireAfter.isNegative(), "moved-retire-after", "must not be negative");
    require(activationTimeout.isPositive(), "activation-timeout", "must be positive");
    require(!activationPatience.isNegative(), "activation-patience", "must not be negative");
    require(scaleDownAfter.isPositive(), "scale-down-after", "must be positive");
    require(
        socket == null || socket.toString().length() <= MAX_SOCKET_PATH,
        "socket",
        "must be at most " + MAX_SOCKET_PATH + " characters");
    require(
        queueWorker == null || (queueWorker.isAbsolute() && queueWorker.getHost() != null),
        "queue-worker",
        "must look like http://127.0.0.1:8083");
    try {
      PosixFilePermissions.fromString(socketPermissions);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "directfaas.gateway.socket-permissions must look like rw-rw-rw-", e);
    }
    expect = Set.copyOf(expect);
  }

  Path credentialsDir() {
    return secretsDir != null ? secretsDir : stateDir.resolve("secrets");
  }

  PublisherConfig publishing() {
    return new PublisherConfig(expect, meshWait, retireAfter, movedRetireAfter);
  }

  private static void requirePort(String name, int port) {
    require(port >= 0 && port <= 0xffff, name, "must be 0 to 65535");
  }

  private static void require(boolean holds, String name, String rule) {
    if (!holds) {
      throw new IllegalArgumentException("directfaas.gateway." + name + " " + rule);
    }
  }
}
