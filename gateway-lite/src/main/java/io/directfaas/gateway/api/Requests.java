package io.directfaas.gateway.api;

import io.directfaas.gateway.json.Json;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Names;
import io.directfaas.graph.Tenant;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;

/** What all endpoints read in the same way. */
final class Requests {
  static final int MAX_BODY = 2 * 1024 * 1024;
  private static final int MAX_DRAINED = 4 * MAX_BODY;

  private final String defaultNamespace;

  Requests(String defaultNamespace) {
    this.defaultNamespace = defaultNamespace;
  }

  /** The body as a JSON object, whatever the Content-Type says. */
  static JsonNode body(HttpServletRequest request) throws IOException {
    InputStream input = request.getInputStream();
    byte[] bytes = input.readNBytes(MAX_BODY + 1);
    if (bytes.length > MAX_BODY) {
      // A client that is still sending sees the answer only when it can finish.
      input.readNBytes(MAX_DRAINED);
      throw new ApiException(
          HttpStatus.CONTENT_TOO_LARGE, "body: is longer than " + MAX_BODY + " bytes");
    }
    if (bytes.length == 0) {
      throw ApiException.invalid("body", "is empty; expected a JSON object");
    }
    try {
      JsonNode node = Json.MAPPER.readTree(bytes);
      if (node == null || !node.isObject()) {
        throw ApiException.invalid("body", "expected a JSON object");
      }
      return node;
    } catch (JacksonException e) {
      throw ApiException.invalid("body", "is not valid JSON: " + e.getOriginalMessage());
    }
  }

  /** The namespace a request is about, from its query or its body; whichever has it. */
  String namespace(@Nullable String query, @Nullable String body) {
    String inQuery = query == null ? "" : query;
    String inBody = body == null ? "" : body;
    if (!inQuery.isEmpty() && !inBody.isEmpty() && !inQuery.equals(inBody)) {
      throw ApiException.invalid(
          "namespace", "the query says '" + inQuery + "', the body says '" + inBody + "'");
    }
    String given = inBody.isEmpty() ? inQuery : inBody;
    return checkedNamespace(given.isEmpty() ? defaultNamespace : given);
  }

  /** A function by name and namespace; {@code name.namespace} where no namespace is given. */
  FunctionRef function(String field, String name, @Nullable String namespace) {
    int dot = name.lastIndexOf('.');
    if (dot > 0 && (namespace == null || namespace.isEmpty())) {
      return checkedFunction(field, name.substring(0, dot), name.substring(dot + 1));
    }
    return checkedFunction(field, name, namespace(namespace, null));
  }

  private static FunctionRef checkedFunction(String field, String name, String namespace) {
    if (name.isEmpty()) {
      throw ApiException.invalid(field, "is missing");
    }
    if (!Names.isDnsLabel(name)) {
      throw ApiException.invalid(field, "'" + name + "' is not a DNS label");
    }
    return new FunctionRef(checkedNamespace(namespace), name);
  }

  private static String checkedNamespace(String namespace) {
    if (!Names.isDnsLabel(namespace)) {
      throw ApiException.invalid("namespace", "'" + namespace + "' is not a DNS label");
    }
    if (namespace.equals(Tenant.SYSTEM_NAME)) {
      throw ApiException.invalid("namespace", "'" + namespace + "' is reserved");
    }
    return namespace;
  }

  static @Nullable Duration wait(@Nullable String text) {
    return text == null || text.isEmpty() ? null : WaitTime.parse(text);
  }
}
