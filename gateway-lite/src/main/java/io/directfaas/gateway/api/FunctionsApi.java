package io.directfaas.gateway.api;

import io.directfaas.gateway.function.DeploymentJson;
import io.directfaas.gateway.function.DeploymentRules;
import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.function.FunctionStatus;
import io.directfaas.gateway.function.InvocationCounts;
import io.directfaas.gateway.function.ScaleBounds;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.GraphState;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.provider.Usage;
import io.directfaas.gateway.secret.SecretStore;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
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
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Functions: deploy, update, delete, list, status, scale. */
@RestController
final class FunctionsApi {
  private final GraphOwner owner;
  private final FunctionProvider provider;
  private final SecretStore secrets;
  private final InvocationCounts invocations;
  private final FunctionLists lists;
  private final Requests requests;
  private final Answers answers;

  FunctionsApi(
      GraphOwner owner,
      FunctionProvider provider,
      SecretStore secrets,
      InvocationCounts invocations,
      Requests requests,
      Answers answers) {
    this.owner = owner;
    this.provider = provider;
    this.secrets = secrets;
    this.invocations = invocations;
    this.lists = new FunctionLists(invocations);
    this.requests = requests;
    this.answers = answers;
  }

  @GetMapping("/system/functions")
  void list(
      @RequestParam(required = false) @Nullable String namespace, HttpServletResponse response)
      throws IOException {
    String name = requests.namespace(namespace, null);
    GraphState state = owner.state();
    if (state.namespace(name).isEmpty()) {
      throw ApiException.invalid("namespace", "there is no namespace '" + name + "'");
    }
    FunctionLists.Answer answer = lists.of(state, name);
    response.setContentType(Answers.JSON);
    response.setContentLengthLong(answer.length());
    answer.writeTo(response.getOutputStream());
  }

  @PostMapping("/system/functions")
  ResponseEntity<byte[]> deploy(
      HttpServletRequest request,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    FunctionSpec spec = readDeployment(request, namespace);
    return answers.changed(HttpStatus.ACCEPTED, owner.deploy(spec), waitTime);
  }

  @PutMapping("/system/functions")
  ResponseEntity<byte[]> update(
      HttpServletRequest request,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    FunctionSpec spec = readDeployment(request, namespace);
    return answers.changed(HttpStatus.ACCEPTED, owner.update(spec), waitTime);
  }

  @DeleteMapping("/system/functions")
  ResponseEntity<byte[]> delete(
      HttpServletRequest request,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    List<Violation> violations = new ArrayList<>();
    JsonFields fields = JsonFields.of(Requests.body(request), violations);
    String name = fields.textOrEmpty("functionName");
    String inBody = fields.text("namespace");
    ApiException.throwIfAny(violations);
    FunctionRef ref =
        requests.function("functionName", name, requests.namespace(namespace, inBody));
    return answers.changed(HttpStatus.ACCEPTED, owner.remove(ref), waitTime);
  }

  @GetMapping("/system/function/{name}")
  ResponseEntity<byte[]> status(
      @PathVariable String name,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String usage) {
    FunctionRef ref = requests.function("name", name, namespace);
    DeployedFunction function =
        owner
            .state()
            .function(ref)
            .orElseThrow(
                () -> new ApiException(HttpStatus.NOT_FOUND, "name: there is no function " + ref));
    ObjectNode json = status(function).json();
    if ("1".equals(usage) || "true".equals(usage)) {
      provider.usage(ref).ifPresent(used -> put(json, used));
    }
    return Answers.json(json);
  }

  private static void put(ObjectNode json, Usage used) {
    json.putObject("usage")
        .put("cpu", Math.round(used.millicores()))
        .put("totalMemoryBytes", used.memoryBytes());
  }

  @PostMapping("/system/scale-function/{name}")
  ResponseEntity<byte[]> scale(
      HttpServletRequest request,
      @PathVariable String name,
      @RequestParam(required = false) @Nullable String namespace,
      @RequestParam(required = false) @Nullable String wait)
      throws IOException {
    Duration waitTime = Requests.wait(wait);
    List<Violation> violations = new ArrayList<>();
    JsonFields fields = JsonFields.of(Requests.body(request), violations);
    String inBody = fields.textOrEmpty("namespace");
    String service = fields.textOrEmpty("serviceName");
    OptionalLong replicas = fields.integer("replicas");
    if (violations.isEmpty() && replicas.isEmpty()) {
      violations.add(new Violation("replicas", "is missing"));
    }
    replicas.ifPresent(
        number -> {
          if (number < 0 || number > ScaleBounds.MOST) {
            violations.add(
                new Violation("replicas", number + " is not between 0 and " + ScaleBounds.MOST));
          }
        });
    if (!service.isEmpty() && !service.equals(name)) {
      violations.add(
          new Violation(
              "serviceName", "the path says '" + name + "', the body says '" + service + "'"));
    }
    ApiException.throwIfAny(violations);
    FunctionRef ref =
        inBody.isEmpty()
            ? requests.function("name", name, namespace)
            : requests.function("name", name, requests.namespace(namespace, inBody));
    return answers.changed(
        HttpStatus.ACCEPTED, owner.scale(ref, (int) replicas.orElseThrow()), waitTime);
  }

  private FunctionSpec readDeployment(HttpServletRequest request, @Nullable String namespace)
      throws IOException {
    JsonNode body = Requests.body(request);
    List<Violation> violations = new ArrayList<>();
    String inBody = JsonFields.of(body, new ArrayList<>()).text("namespace");
    FunctionSpec spec =
        DeploymentJson.read(body, requests.namespace(namespace, inBody), violations);
    if (violations.isEmpty()) {
      violations.addAll(DeploymentRules.check(spec));
    }
    ApiException.throwIfAny(violations);
    requireNamespace(spec.ref().namespace());
    ApiException.throwIfAny(unknownSecrets(spec));
    provider
        .check(spec)
        .ifPresent(
            violation -> {
              throw ApiException.invalid(List.of(violation));
            });
    return spec;
  }

  private void requireNamespace(String name) {
    if (owner.state().namespace(name).isEmpty()) {
      throw ApiException.invalid("namespace", "there is no namespace '" + name + "'");
    }
  }

  private List<Violation> unknownSecrets(FunctionSpec spec) {
    List<String> known =
        spec.secrets().isEmpty() ? List.of() : secrets.names(spec.ref().namespace());
    List<Violation> violations = new ArrayList<>();
    for (int i = 0; i < spec.secrets().size(); i++) {
      if (!known.contains(spec.secrets().get(i))) {
        violations.add(
            new Violation(
                "secrets[" + i + "]",
                "there is no secret '"
                    + spec.secrets().get(i)
                    + "' in namespace '"
                    + spec.ref().namespace()
                    + "'"));
      }
    }
    return violations;
  }

  private FunctionStatus status(DeployedFunction function) {
    return new FunctionStatus(
        function.spec(),
        function.replicas(),
        function.ready(),
        function.createdAt(),
        OptionalLong.of(invocations.of(function.ref())));
  }
}
