package io.directfaas.gateway.api;

import io.directfaas.gateway.function.Metadata;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.secret.SecretStore;
import io.directfaas.graph.Violation;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** Secrets: values go in, names come out. */
@RestController
final class SecretsApi {
  private final GraphOwner owner;
  private final SecretStore secrets;
  private final Requests requests;

  SecretsApi(GraphOwner owner, SecretStore secrets, Requests requests) {
    this.owner = owner;
    this.secrets = secrets;
    this.requests = requests;
  }

  /** One entry of the list. */
  record Listed(String name, String namespace) {}

  private record Named(String namespace, String name) {}

  @GetMapping("/system/secrets")
  ResponseEntity<byte[]> list(@RequestParam(required = false) @Nullable String namespace) {
    String checked = requests.namespace(namespace, null);
    requireNamespace(checked);
    return Answers.json(
        secrets.names(checked).stream().map(name -> new Listed(name, checked)).toList());
  }

  @PostMapping("/system/secrets")
  ResponseEntity<byte[]> create(
      HttpServletRequest request, @RequestParam(required = false) @Nullable String namespace)
      throws IOException {
    JsonNode body = Requests.body(request);
    Named secret = named(body, namespace);
    byte[] value = value(body);
    requireNamespace(secret.namespace());
    if (!secrets.create(secret.namespace(), secret.name(), value)) {
      throw new ApiException(
          HttpStatus.CONFLICT, "name: secret '" + secret.name() + "' exists already");
    }
    return ResponseEntity.accepted().build();
  }

  @PutMapping("/system/secrets")
  ResponseEntity<byte[]> update(
      HttpServletRequest request, @RequestParam(required = false) @Nullable String namespace)
      throws IOException {
    JsonNode body = Requests.body(request);
    Named secret = named(body, namespace);
    byte[] value = value(body);
    if (!secrets.update(secret.namespace(), secret.name(), value)) {
      throw notFound(secret);
    }
    return ResponseEntity.accepted().build();
  }

  @DeleteMapping("/system/secrets")
  ResponseEntity<byte[]> delete(
      HttpServletRequest request, @RequestParam(required = false) @Nullable String namespace)
      throws IOException {
    Named secret = named(Requests.body(request), namespace);
    if (!secrets.delete(secret.namespace(), secret.name())) {
      throw notFound(secret);
    }
    return ResponseEntity.accepted().build();
  }

  private Named named(JsonNode body, @Nullable String queryNamespace) {
    List<Violation> violations = new ArrayList<>();
    JsonFields fields = JsonFields.of(body, violations);
    String name = fields.textOrEmpty("name");
    String namespace = fields.textOrEmpty("namespace");
    if (violations.isEmpty() && name.isEmpty()) {
      violations.add(new Violation("name", "is missing"));
    } else if (violations.isEmpty() && !Metadata.isDnsSubdomain(name)) {
      violations.add(new Violation("name", "'" + name + "' is not a DNS name"));
    }
    ApiException.throwIfAny(violations);
    return new Named(requests.namespace(queryNamespace, namespace), name);
  }

  private static byte[] value(JsonNode body) {
    List<Violation> violations = new ArrayList<>();
    JsonFields fields = JsonFields.of(body, violations);
    String value = fields.text("value");
    String rawValue = fields.text("rawValue");
    ApiException.throwIfAny(violations);
    if (rawValue != null && !rawValue.isEmpty()) {
      try {
        return Base64.getDecoder().decode(rawValue);
      } catch (IllegalArgumentException e) {
        throw ApiException.invalid("rawValue", "is not base64");
      }
    }
    if (value == null) {
      throw ApiException.invalid("value", "is missing");
    }
    return value.getBytes(StandardCharsets.UTF_8);
  }

  private void requireNamespace(String name) {
    if (owner.state().namespace(name).isEmpty()) {
      throw ApiException.invalid("namespace", "there is no namespace '" + name + "'");
    }
  }

  private static ApiException notFound(Named secret) {
    return new ApiException(
        HttpStatus.NOT_FOUND,
        "name: there is no secret '"
            + secret.name()
            + "' in namespace '"
            + secret.namespace()
            + "'");
  }
}
