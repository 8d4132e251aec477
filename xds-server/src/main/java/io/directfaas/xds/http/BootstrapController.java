package io.directfaas.xds.http;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.bootstrap.ClientCredentials;
import io.directfaas.xds.bootstrap.CredentialIssuer;
import io.directfaas.xds.bootstrap.EnvoyBootstrap.Protocol;
import io.directfaas.xds.bootstrap.EnvoyClientBootstrap;
import io.directfaas.xds.bootstrap.GrpcBootstrap;
import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.stream.StreamRegistry;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Path;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.MediaType;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.ExceptionHandler;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import org.springframework.web.method.annotation.MethodArgumentTypeMismatchException;
import tools.jackson.databind.json.JsonMapper;

/**
 * Bootstraps for clients of our xDS. They hold credentials of a function, so only who may change
 * functions gets them: the control API's user, and over loopback only, because this port has no
 * TLS.
 */
@RestController
public class BootstrapController {
  private static final Logger log = LoggerFactory.getLogger(BootstrapController.class);
  private static final JsonMapper JSON = JsonMapper.shared();

  private final StreamRegistry streams;
  private final CredentialIssuer issuer;
  private final @Nullable AdminCredentials admin;

  /**
   * @param adminCredentials the directory of the files that name the control API's user; null for
   *     no bootstraps at all
   */
  public BootstrapController(
      StreamRegistry streams, CredentialIssuer issuer, @Nullable Path adminCredentials) {
    this.streams = streams;
    this.issuer = issuer;
    this.admin = adminCredentials == null ? null : new AdminCredentials(adminCredentials);
  }

  /** An Envoy's, secrets included: for {@code envoy -c}. */
  @GetMapping("/bootstrap/envoy")
  ResponseEntity<String> envoy(
      HttpServletRequest request,
      @RequestParam String function,
      @RequestParam @Nullable String node,
      @RequestParam(defaultValue = "DELTA_GRPC") Protocol protocol,
      @RequestParam(name = "admin-port") @Nullable Integer adminPort)
      throws IOException, Refused {
    FunctionRef ref = admit(request, function);
    if (adminPort != null && (adminPort < 1 || adminPort > 65535)) {
      throw new Refused(HttpStatus.BAD_REQUEST, "admin-port: " + adminPort + " is not a TCP port");
    }
    if (ref.isIngress() && protocol == Protocol.GRPC) {
      throw new Refused(
          HttpStatus.BAD_REQUEST,
          "protocol: the ingress's routes come as virtual hosts, which only DELTA_GRPC carries");
    }
    ClientCredentials credentials = credentials(ref, node);
    return json(
        EnvoyClientBootstrap.of(nodeId(ref, node), ref, protocol, adminPort, credentials)
            .toPrettyString());
  }

  /** A gRPC client's: {@code bootstrap}, and {@code files} to be put into the directory named. */
  @GetMapping("/bootstrap/grpc")
  ResponseEntity<String> grpc(
      HttpServletRequest request,
      @RequestParam String function,
      @RequestParam @Nullable String node,
      @RequestParam(name = "dir", defaultValue = "/etc/directfaas/xds") String directory)
      throws IOException, Refused {
    FunctionRef ref = admit(request, function);
    if (!directory.startsWith("/")) {
      throw new Refused(HttpStatus.BAD_REQUEST, "dir: '" + directory + "' is not absolute");
    }
    GrpcBootstrap bootstrap =
        GrpcBootstrap.of(nodeId(ref, node), ref, directory, credentials(ref, node));
    return json(
        JSON.writerWithDefaultPrettyPrinter()
            .writeValueAsString(
                Map.of("bootstrap", bootstrap.document(), "files", bootstrap.files())));
  }

  private static String nodeId(FunctionRef function, @Nullable String node) {
    return node == null ? function.name() + "." + function.namespace() : node;
  }

  private FunctionRef admit(HttpServletRequest request, String function)
      throws IOException, Refused {
    if (!InetAddress.getByName(request.getRemoteAddr()).isLoopbackAddress()) {
      throw new Refused(
          HttpStatus.FORBIDDEN, "bootstraps hold secrets and are handed out over loopback only");
    }
    if (admin == null) {
      throw new Refused(
          HttpStatus.FORBIDDEN,
          "bootstraps hold secrets; set directfaas.xds.admin-credentials to the directory of"
              + " basic-auth-user and basic-auth-password to have them handed out to that user");
    }
    if (!admin.match(request.getHeader(HttpHeaders.AUTHORIZATION))) {
      throw new Refused(HttpStatus.UNAUTHORIZED, "invalid credentials");
    }
    FunctionRef ref;
    try {
      ref = FunctionRef.parse(function, "");
    } catch (IllegalArgumentException e) {
      throw new Refused(
          HttpStatus.BAD_REQUEST,
          "function: expected <namespace>/<name>, each a DNS label, not '" + function + "'");
    }
    ResourceStore store = streams.store();
    if (store == null) {
      throw new Refused(HttpStatus.SERVICE_UNAVAILABLE, "the graph has not come yet");
    }
    if (!store.functions().contains(ref)) {
      throw new Refused(HttpStatus.NOT_FOUND, "function: there is no " + ref);
    }
    return ref;
  }

  private ClientCredentials credentials(FunctionRef function, @Nullable String node)
      throws Refused {
    ClientCredentials credentials = issuer.issue(function, node);
    if (credentials == null) {
      throw new Refused(
          HttpStatus.NOT_IMPLEMENTED,
          "xDS over TCP is off, or takes certificates of an authority that this server is not;"
              + " see directfaas.xds.ads");
    }
    log.info("handed out credentials of {}", function);
    return credentials;
  }

  private static ResponseEntity<String> json(String body) {
    return ResponseEntity.ok()
        .contentType(MediaType.APPLICATION_JSON)
        .header(HttpHeaders.CACHE_CONTROL, "no-store")
        .body(body + "\n");
  }

  /** A request that is not served, and why. */
  static final class Refused extends Exception {
    private static final long serialVersionUID = 1L;

    private final HttpStatus status;

    Refused(HttpStatus status, String why) {
      super(why);
      this.status = status;
    }
  }

  @ExceptionHandler
  ResponseEntity<String> refused(Refused refused) {
    ResponseEntity.BodyBuilder answer = ResponseEntity.status(refused.status);
    if (refused.status == HttpStatus.UNAUTHORIZED) {
      answer.header(HttpHeaders.WWW_AUTHENTICATE, "Basic realm=\"Restricted\"");
    }
    return answer.contentType(MediaType.TEXT_PLAIN).body(refused.getMessage() + "\n");
  }

  @ExceptionHandler
  ResponseEntity<String> mistyped(MethodArgumentTypeMismatchException mistyped) {
    return ResponseEntity.badRequest()
        .contentType(MediaType.TEXT_PLAIN)
        .body(mistyped.getName() + ": '" + mistyped.getValue() + "' is not valid\n");
  }
}
