package io.directfaas.xds.bootstrap;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.identity.ClientCertificates.Issued;
import io.directfaas.xds.load.CallCountService;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/**
 * What an Envoy that is not a sidecar of ours starts from: a sidecar's bootstrap, but for the way
 * to the control plane, which is TCP with TLS. All in one document, secrets included.
 */
public final class EnvoyClientBootstrap {
  private static final JsonMapper JSON = JsonMapper.shared();
  private static final Pattern IPV4 = Pattern.compile("[0-9]+(\\.[0-9]+){3}");

  /** All that is said to the control plane. */
  private static final List<String> SERVICES =
      List.of(
          "/dynamic_resources/ads_config/grpc_services/0",
          "/cluster_manager/load_stats_config/grpc_services/0",
          "/stats_sinks/0/typed_config/grpc_service");

  private static final Path UNUSED = Path.of("/nowhere");

  private EnvoyClientBootstrap() {}

  /**
   * @param adminPort for its admin interface on loopback; null for none
   */
  public static ObjectNode of(
      String nodeId,
      FunctionRef function,
      Protocol protocol,
      @Nullable Integer adminPort,
      ClientCredentials credentials) {
    ObjectNode document =
        (ObjectNode)
            JSON.readTree(new EnvoyBootstrap(nodeId, function, UNUSED, UNUSED, protocol).json());
    document.remove("admin");
    for (JsonNode sink : document.at("/stats_sinks")) {
      JsonNode detector = sink.at("/typed_config/resource_detectors/0/typed_config/attributes");
      ((ObjectNode) detector).put(CallCountService.NODE, nodeId);
    }
    if (adminPort != null) {
      document.set("admin", admin(adminPort));
    }
    for (JsonNode cluster : document.at("/static_resources/clusters")) {
      if (cluster.path("name").asString("").equals("xds")) {
        overTcp((ObjectNode) cluster, credentials);
      }
    }
    // A token would stay in force for the life of the process only; a certificate is as good.
    if (credentials.certificate() == null && credentials.token() != null) {
      for (String service : SERVICES) {
        ((ObjectNode) document.at(service))
            .putArray("initial_metadata")
            .addObject()
            .put("key", "authorization")
            .put("value", "Bearer " + credentials.token());
      }
    }
    return document;
  }

  private static ObjectNode admin(int port) {
    ObjectNode admin = JSON.createObjectNode();
    admin.set("address", address("127.0.0.1", port));
    return admin;
  }

  private static ObjectNode address(String host, int port) {
    ObjectNode address = JSON.createObjectNode();
    address.putObject("socket_address").put("address", host).put("port_value", port);
    return address;
  }

  private static void overTcp(ObjectNode cluster, ClientCredentials credentials) {
    boolean isIp = IPV4.matcher(credentials.host()).matches();
    cluster.put("type", isIp ? "STATIC" : "STRICT_DNS");
    ObjectNode endpoint =
        (ObjectNode) cluster.at("/load_assignment/endpoints/0/lb_endpoints/0/endpoint");
    endpoint.set("address", address(credentials.host(), credentials.port()));
    ObjectNode socket = cluster.putObject("transport_socket").put("name", "tls");
    ObjectNode tls =
        socket
            .putObject("typed_config")
            .put(
                "@type",
                "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext");
    if (!isIp) {
      tls.put("sni", credentials.host());
    }
    ObjectNode common = tls.putObject("common_tls_context");
    ObjectNode validation = common.putObject("validation_context");
    validation.putObject("trusted_ca").put("inline_string", credentials.trustBundle());
    ObjectNode name = validation.putArray("match_typed_subject_alt_names").addObject();
    name.put("san_type", isIp ? "IP_ADDRESS" : "DNS");
    name.putObject("matcher").put("exact", credentials.host());
    Issued certificate = credentials.certificate();
    if (certificate != null) {
      ObjectNode own = common.putArray("tls_certificates").addObject();
      own.putObject("certificate_chain").put("inline_string", certificate.certificates());
      own.putObject("private_key").put("inline_string", certificate.privateKey());
    }
    // A connection whose server is gone without a word is noticed.
    JsonNode http2 =
        cluster.at(
            "/typed_extension_protocol_options/"
                + "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
                + "/explicit_http_config/http2_protocol_options");
    ((ObjectNode) http2)
        .putObject("connection_keepalive")
        .put("interval", "30s")
        .put("timeout", "5s");
  }
}
