package io.directfaas.xds;

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
 * @param adsPort reserved for ADS with TLS credentials, which alone could prove who a TCP client
 *     is; 0, the default, is off and any other value is refused until they exist
 * @param ackWait how long a change waits for sidecars at most
 * @param loadInterval how often clients report their load, and we theirs to the graph's owner
 * @param ingress where outside callers enter
 * @param gatewaySocket the unix socket of the control API, as the ingress sees it
 * @param ca who vouches for functions on the mtls data path
 * @param defaultNamespace the namespace of functions called by a bare name from outside
 */
@ConfigurationProperties("directfaas.xds")
public record XdsProperties(
    @DefaultValue("127.0.0.1:9010") String graphWatch,
    @DefaultValue("127.0.0.1") String httpAddress,
    @DefaultValue("18001") int httpPort,
    @DefaultValue("0") int adsPort,
    @DefaultValue("2s") Duration ackWait,
    @DefaultValue("1s") Duration loadInterval,
    @DefaultValue Ingress ingress,
    @DefaultValue("/run/directfaas/gateway.sock") Path gatewaySocket,
    @DefaultValue Ca ca,
    @DefaultValue("openfaas-fn") String defaultNamespace) {

  public XdsProperties {
    if (adsPort != 0) {
      throw new IllegalArgumentException(
          "directfaas.xds.ads-port: ADS over TCP needs TLS credentials, which are not available"
              + " yet; leave it 0");
    }
    if (loadInterval.compareTo(Duration.ofMillis(100)) < 0) {
      throw new IllegalArgumentException(
          "directfaas.xds.load-interval: must be 100ms at least, is " + loadInterval);
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
   * @param lifetime of functions' certificates; they are replaced after half of it
   */
  public record Ca(
      @DefaultValue("directfaas.local") String trustDomain,
      @DefaultValue("/var/lib/directfaas/ca") Path directory,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Path trustBundle,
      @DefaultValue("24h") Duration lifetime) {}
}
