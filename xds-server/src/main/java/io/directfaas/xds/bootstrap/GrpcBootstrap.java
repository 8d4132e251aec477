package io.directfaas.xds.bootstrap;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.identity.ClientCertificates.Issued;
import java.util.LinkedHashMap;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What a gRPC client that speaks xDS itself starts from: gRFC A27; TLS by files, gRFC A65; tokens
 * by a file, gRFC A97. gRPC reads its credentials from files only, and again when they change, so
 * the files are part of it.
 *
 * @param document for the file that GRPC_XDS_BOOTSTRAP names
 * @param files contents by file name, all secret, to be put into the directory it was made for
 */
public record GrpcBootstrap(ObjectNode document, Map<String, String> files) {
  private static final String CA = "ca.crt";
  private static final String CERTIFICATE = "client.crt";
  private static final String KEY = "client.key";
  private static final String TOKEN = "token";

  private static final JsonMapper JSON = JsonMapper.shared();

  /**
   * @param directory where the client will find its files
   */
  public static GrpcBootstrap of(
      String nodeId, FunctionRef function, String directory, ClientCredentials credentials) {
    Map<String, String> files = new LinkedHashMap<>();
    ObjectNode document = JSON.createObjectNode();
    ObjectNode server = document.putArray("xds_servers").addObject();
    server.put("server_uri", credentials.host() + ":" + credentials.port());
    ObjectNode tls = server.putArray("channel_creds").addObject().put("type", "tls");
    ObjectNode config = tls.putObject("config");
    config.put("ca_certificate_file", file(files, directory, CA, credentials.trustBundle()));
    Issued certificate = credentials.certificate();
    if (certificate != null) {
      config.put(
          "certificate_file", file(files, directory, CERTIFICATE, certificate.certificates()));
      config.put("private_key_file", file(files, directory, KEY, certificate.privateKey()));
    }
    config.put("refresh_interval", "60s");
    if (credentials.token() != null) {
      ObjectNode jwt = server.putArray("call_creds").addObject().put("type", "jwt_token_file");
      jwt.putObject("config")
          .put("jwt_token_file", file(files, directory, TOKEN, credentials.token()));
    }
    ArrayNode features = server.putArray("server_features");
    features.add("xds_v3");
    document.putObject("node").put("id", nodeId).put("cluster", function.toString());
    return new GrpcBootstrap(document, files);
  }

  private static String file(
      Map<String, String> files, String directory, String name, String content) {
    files.put(name, content);
    return directory.endsWith("/") ? directory + name : directory + "/" + name;
  }

  /** Without the secrets. */
  @Override
  public String toString() {
    return document.toString();
  }
}
