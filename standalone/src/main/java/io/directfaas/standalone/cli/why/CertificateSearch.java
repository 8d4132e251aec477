package io.directfaas.standalone.cli.why;

import io.directfaas.graph.FunctionRef;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Reads what an Envoy says of certificates ({@code /certs}) and of whom it lets in. */
final class CertificateSearch {
  private static final String RBAC = "envoy.filters.http.rbac";

  private CertificateSearch() {}

  /** The end of a function's SPIFFE id, whatever its trust domain. */
  private static String path(FunctionRef function) {
    return "/ns/" + function.namespace() + "/fn/" + function.name();
  }

  /** The certificate by which a sidecar shows itself, in words; empty if none is valid now. */
  static Optional<String> identity(JsonNode certs, FunctionRef function) {
    for (JsonNode certificate : certs.path("certificates")) {
      for (JsonNode link : certificate.path("cert_chain")) {
        for (JsonNode name : link.path("subject_alt_names")) {
          String uri = name.path("uri").asString("");
          String end = link.path("expiration_time").asString("");
          if (uri.startsWith("spiffe://") && uri.endsWith(path(function)) && isAhead(end)) {
            return Optional.of(uri + " until " + end);
          }
        }
      }
    }
    return Optional.empty();
  }

  private static boolean isAhead(String time) {
    try {
      return Instant.parse(time).isAfter(Instant.now());
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /** The principal by which a callee's sidecar lets a caller in; empty if it does not. */
  static Optional<String> admitted(JsonNode configDump, FunctionRef caller, FunctionRef callee) {
    for (JsonNode config : configDump.path("configs")) {
      for (JsonNode routes : config.path("dynamic_route_configs")) {
        JsonNode route = routes.path("route_config");
        if (!route.path("name").asString("").equals("inbound/" + callee)) {
          continue;
        }
        for (JsonNode host : route.path("virtual_hosts")) {
          JsonNode rules =
              host.path("typed_per_filter_config").path(RBAC).path("rbac").path("rules");
          for (JsonNode policy : rules.path("policies")) {
            for (JsonNode principal : policy.path("principals")) {
              String name =
                  principal.path("authenticated").path("principal_name").path("exact").asString("");
              if (name.startsWith("spiffe://") && name.endsWith(path(caller))) {
                return Optional.of(name);
              }
            }
          }
        }
      }
    }
    return Optional.empty();
  }
}
