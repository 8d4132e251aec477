package io.directfaas.xds;

import io.directfaas.xds.stream.StreamLimits;
import java.net.URI;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.boot.context.properties.ConfigurationProperties;
import org.springframework.boot.context.properties.bind.DefaultValue;

/**
 * How the server is set up.
 *
 * @param graphWatch host and port of the graph's owner
 * @param httpAddress where health, status and metrics are served
 * @param httpPort their port; 0 takes a free one
 * @param ads the xDS services over TCP
 * @param adminCredentials the directory of the control API's files basic-auth-user and
 *     basic-auth-password: that user gets bootstraps with credentials; null for nobody
 * @param ackWait how long a change waits for sidecars at most
 * @param loadInterval how often clients report their load, and we theirs to the graph's owner
 * @param activationTimeout how long a call to a function without a replica waits for an owner of
 *     the graph that is away
 * @param ingress where outside callers enter
 * @param gatewaySocket the unix socket of the control API, as the ingress sees it
 * @param queueSocket the unix socket of the queue worker, as all Envoys see it; none when not set
 * @param ca who vouches for functions on the mtls data path
 * @param defaultNamespace the namespace of functions called by a bare name from outside
 * @param limits what clients may cost
 * @param push how changes are held back
 */
@ConfigurationProperties("directfaas.xds")
public record XdsProperties(
    @DefaultValue("127.0.0.1:9010") String graphWatch,
    @DefaultValue("127.0.0.1") String httpAddress,
    @DefaultValue("18001") int httpPort,
    @DefaultValue Ads ads,
    @Nullable Path adminCredentials,
    @DefaultValue("2s") Duration ackWait,
    @DefaultValue("1s") Duration loadInterval,
    @DefaultValue("60s") Duration activationTimeout,
    @DefaultValue Ingress ingress,
    @DefaultValue("/run/directfaas/gateway.sock") Path gatewaySocket,
    @Nullable Path queueSocket,
    @DefaultValue Ca ca,
    @DefaultValue("openfaas-fn") String defaultNamespace,
    @DefaultValue Limits limits,
    @DefaultValue Push push) {

  public XdsProperties {
    if (loadInterval.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException(
          "directfaas.xds.load-interval: must be 100ms at least, is " + loadInterval);
    }
  }

  /**
   * The xDS services over TCP, with TLS, for clients with a credential of a function: a client
   * certificate with the URI {@code spiffe://<trust-domain>/ns/<ns>/fn/<fn>}, or a bearer token.
   *
   * @param address what to listen on
   * @param port 0, the default, is off; DirectFaaS's port is 18000
   * @param advertise host and port by which clients reach it; null for address and port
   * @param certificate the server's certificate chain, PEM; must name the advertised host. Null for
   *     one of the authority that vouches for functions, whose certificates then let clients in
   * @param privateKey its key, PKCS #8 PEM
   * @param clientCa beside a given certificate: PEM of who signs client certificates; null where
   *     tokens alone are taken
   * @param trustBundle PEM of who signs the server's certificate, for clients; null for the
   *     certificate file itself
   * @param tokenKey the file of the key that tokens are signed with, made when missing; null where
   *     certificates alone are taken
   * @param tokenLifetime of the tokens in bootstraps
   * @param refresh how often files are looked at for changes
   * @param connectionAge how long a connection may live: who reconnects shows its credential anew
   */
  public record Ads(
      @DefaultValue("127.0.0.1") String address,
      @DefaultValue("0") int port,
      @Nullable String advertise,
      @Nullable Path certificate,
      @Nullable Path privateKey,
      @Nullable Path clientCa,
      @Nullable Path trustBundle,
      @Nullable Path tokenKey,
      @DefaultValue("24h") Duration tokenLifetime,
      @DefaultValue("1m") Duration refresh,
      @DefaultValue("30m") Duration connectionAge) {
    private static final String PREFIX = "directfaas.xds.ads.";

    public Ads {
      if (port < 0 || port > 65535) {
        throw new IllegalArgumentException(PREFIX + "port: " + port + " is not a TCP port");
      }
      if ((certificate == null) != (privateKey == null)) {
        throw new IllegalArgumentException(
            PREFIX
                + (certificate == null ? "certificate" : "private-key")
                + ": missing; certificate and private-key go together");
      }
      if (certificate == null && (clientCa != null || trustBundle != null)) {
        throw new IllegalArgumentException(
            PREFIX
                + (clientCa == null ? "trust-bundle" : "client-ca")
                + ": goes with a given "
                + PREFIX
                + "certificate; else the authority is that of directfaas.xds.ca");
      }
      parse(advertise == null ? address : advertise);
      if (certificate != null && clientCa == null && tokenKey == null) {
        throw new IllegalArgumentException(
            PREFIX
                + "client-ca, "
                + PREFIX
                + "token-key: at least one is needed, else no client could prove who it is");
      }
    }

    /** The host by which clients reach the server. */
    public String host() {
      return advertised().getHost();
    }

    /** The port by which clients reach the server. */
    public int advertisedPort() {
      URI advertised = advertised();
      return advertised.getPort() < 0 ? port : advertised.getPort();
    }

    private URI advertised() {
      return parse(advertise == null ? address : advertise);
    }

    private static URI parse(String text) {
      URI uri;
      try {
        uri = new URI("tcp://" + text);
      } catch (URISyntaxException e) {
        uri = URI.create("tcp:/");
      }
      if (uri.getHost() == null) {
        throw new IllegalArgumentException(
            PREFIX + "advertise: '" + text + "' is not <host> or <host>:<port>");
      }
      return uri;
    }

    /** Whether xDS is served over TCP. */
    public boolean on() {
      return port != 0;
    }
  }

  /**
   * @param address what the ingress listens on
   * @param port its port
   * @param networkNamespace the file of the network namespace it listens in, such as
   *     /run/netns/df-host; null for the ingress's own
   */
  public record Ingress(
      @DefaultValue("127.0.0.1") String address,
      @DefaultValue("8080") int port,
      @Nullable String networkNamespace) {}

  /**
   * @param trustDomain the first part of every SPIFFE id
   * @param directory where the built-in authority keeps its key
   * @param certificate PEM: the certificate of a given authority, then intermediates; null for the
   *     built-in one
   * @param key PEM: its private key
   * @param trustBundle PEM: the roots that peers trust; null for the self-signed ones among {@code
   *     certificate}
   * @param lifetime of functions' certificates
   * @param renewAfter how long one is used before it is replaced; null for half of its lifetime
   */
  public record Ca(
      @DefaultValue("directfaas.local") String trustDomain,
      @DefaultValue("/var/lib/directfaas/ca") Path directory,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Path trustBundle,
      @DefaultValue("24h") Duration lifetime,
      @Nullable Duration renewAfter) {}

  /**
   * See {@link StreamLimits}; beyond each of them a stream ends with RESOURCE_EXHAUSTED and the
   * limit's name.
   *
   * @param names per stream and type, beyond those that exist for the client
   */
  public record Limits(
      @DefaultValue("20000") int streams,
      @DefaultValue("16") int streamsPerWorkload,
      @DefaultValue("2000") int newStreamsPerSecond,
      @DefaultValue("32") int newStreamsPerSecondPerWorkload,
      @DefaultValue("1000") int requestsPerSecond,
      @DefaultValue("4194304") int messageBytes,
      @DefaultValue("1000") int names,
      @DefaultValue("1024") int nameLength,
      @DefaultValue("32") int types,
      @DefaultValue("1048576") int responseBytes) {
    StreamLimits streamLimits() {
      return new StreamLimits(
          streams,
          streamsPerWorkload,
          newStreamsPerSecond,
          newStreamsPerSecondPerWorkload,
          requestsPerSecond,
          messageBytes,
          new io.directfaas.xds.protocol.Limits(names, nameLength, types, responseBytes));
    }
  }

  /**
   * A change that comes alone is pushed at once, and so is one of endpoints. Of a burst the first
   * is pushed at once and the rest when it is over.
   *
   * @param quiet how long no change must have come for a client for a burst to be over
   * @param most how long a change is held back at most, however long the burst
   */
  public record Push(@DefaultValue("20ms") Duration quiet, @DefaultValue("1s") Duration most) {}
}
