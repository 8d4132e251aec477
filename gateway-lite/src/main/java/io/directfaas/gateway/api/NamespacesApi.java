package io.directfaas.gateway.api;

import io.directfaas.gateway.namespace.NamespaceSpec;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.graph.Violation;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.DeleteMapping;
import org.springframework.web.bind.annotation.GetMapping;
import org.springframework.web.bind.annotation.PathVariable;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.PutMapping;
import org.springframework.web.bind.annotation.RequestParam;
import org.springframework.web.bind.annotation.RestController;

/** Namespaces, which are tenants. */
@RestController
final class NamespacesApi {
  private final GraphOwner owner;
  private final Requests requests;
  private final Answers answers;

  NamespacesApi(GraphOwner owner, Requests requests, Answers answers) {
    this.owner = owner;
    this.requests = requests;
    this.answers = answers;
  }

  @GetMapping("/system/namespaces")
  ResponseEntity<byte[]> list() {
    return Answers.json(owner.state().namespaceNames());
  }

  // Clients post to the path with the slash.
  @PostMapping({"/system/namespace/", "/system/namespace"})
  ResponseEntity<byte[]> create(
      HttpServletRequest request, @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    NamespaceSpec spec = read(request, null);
    return answers.changed(HttpStatus.CREATED, owner.createNamespace(spec), waitTime);
  }

  @GetMapping("/system/namespace/{name}")
  ResponseEntity<byte[]> get(@PathVariable String name) {
    return Answers.json(
        owner
            .state()
            .namespace(requests.namespace(name, null))
            .orElseThrow(
                () ->
                    new ApiException(
                        HttpStatus.NOT_FOUND, "name: there is no namespace '" + name + "'"))
            .json());
  }

  @PutMapping("/system/namespace/{name}")
  ResponseEntity<byte[]> update(
      HttpServletRequest request,
      @PathVariable String name,
      @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    NamespaceSpec spec = read(request, name);
    return answers.changed(HttpStatus.ACCEPTED, owner.updateNamespace(spec), waitTime);
  }

  @DeleteMapping("/system/namespace/{name}")
  ResponseEntity<byte[]> delete(
      @PathVariable String name, @RequestParam(required = false) @Nullable String wait) {
    Duration waitTime = Requests.wait(wait);
    return answers.changed(
        HttpStatus.ACCEPTED, owner.deleteNamespace(requests.namespace(name, null)), waitTime);
  }

  private static NamespaceSpec read(HttpServletRequest request, @Nullable String path)
      throws IOException {
    List<Violation> violations = new ArrayList<>();
    NamespaceSpec spec = NamespaceSpec.read(Requests.body(request), violations);
    ApiException.throwIfAny(violations);
    if (path != null) {
      if (!spec.name().isEmpty() && !spec.name().equals(path)) {
        throw ApiException.invalid(
            "name", "the path says '" + path + "', the body says '" + spec.name() + "'");
      }
      spec = new NamespaceSpec(path, spec.labels(), spec.annotations());
    }
    ApiException.throwIfAny(spec.check());
    return spec;
  }
}
