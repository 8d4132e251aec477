package io.directfaas.gateway.api;

import io.directfaas.gateway.function.AlertScaling;
import io.directfaas.gateway.json.JsonFields;
import io.directfaas.gateway.owner.DeployedFunction;
import io.directfaas.gateway.owner.GraphOwner;
import io.directfaas.gateway.owner.RejectedChangeException;
import io.directfaas.gateway.web.PlainText;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.springframework.http.HttpHeaders;
import org.springframework.http.HttpStatus;
import org.springframework.http.ResponseEntity;
import org.springframework.web.bind.annotation.PostMapping;
import org.springframework.web.bind.annotation.RestController;
import tools.jackson.databind.JsonNode;

/** Alertmanager's webhook: alerts about functions scale them. */
@RestController
final class AlertApi {
  private final GraphOwner owner;
  private final Requests requests;

  AlertApi(GraphOwner owner, Requests requests) {
    this.owner = owner;
    this.requests = requests;
  }

  /** Every alert that can be followed is; the others are named, a line each, with their index. */
  @PostMapping("/system/alert")
  ResponseEntity<byte[]> alert(HttpServletRequest request) throws IOException {
    JsonNode body = Requests.body(request);
    List<Violation> violations = new ArrayList<>();
    String status = JsonFields.of(body, violations).textOrEmpty("status");
    JsonNode alerts = body.get("alerts");
    if (alerts == null || !alerts.isArray()) {
      violations.add(new Violation("alerts", "expected an array"));
    }
    ApiException.throwIfAny(violations);
    List<String> problems = new ArrayList<>();
    for (int i = 0; alerts != null && i < alerts.size(); i++) {
      String problem = follow(alerts.get(i), status);
      if (!problem.isEmpty()) {
        problems.add("[" + i + "] " + PlainText.line(problem));
      }
    }
    if (problems.isEmpty()) {
      return ResponseEntity.ok().build();
    }
    // OpenFaaS's own way to say it
    return ResponseEntity.status(HttpStatus.INTERNAL_SERVER_ERROR)
        .header(HttpHeaders.CONTENT_TYPE, PlainText.CONTENT_TYPE)
        .body((String.join("\n", problems) + "\n").getBytes(StandardCharsets.UTF_8));
  }

  /** Returns what is wrong with it, or nothing. */
  private String follow(JsonNode alert, String statusOfAll) {
    if (!alert.isObject()) {
      return "expected an object";
    }
    List<Violation> violations = new ArrayList<>();
    JsonFields fields = JsonFields.of(alert, violations);
    String own = fields.textOrEmpty("status");
    JsonFields labels = fields.object("labels");
    String name = labels == null ? "" : labels.textOrEmpty("function_name");
    if (!violations.isEmpty()) {
      return violations.getFirst().toString();
    }
    String status = own.isEmpty() ? statusOfAll : own;
    if (!status.equals("firing") && !status.equals("resolved")) {
      return "status: '" + status + "' is neither firing nor resolved";
    }
    try {
      FunctionRef ref = requests.function("labels.function_name", name, null);
      DeployedFunction function = owner.state().function(ref).orElse(null);
      if (function == null) {
        return "labels.function_name: there is no function " + ref;
      }
      int wanted =
          AlertScaling.after(function.spec(), function.replicas(), status.equals("firing"));
      if (wanted != function.replicas()) {
        owner.scale(ref, wanted);
      }
      return "";
    } catch (ApiException | RejectedChangeException e) {
      return String.valueOf(e.getMessage());
    }
  }
}
