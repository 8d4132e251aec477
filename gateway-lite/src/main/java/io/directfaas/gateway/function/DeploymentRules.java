package io.directfaas.gateway.function;

import io.directfaas.gateway.function.FunctionSpec.Resources;
import io.directfaas.graph.Annotations;
import io.directfaas.graph.FunctionDeclaration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Names;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.Violation;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** What the values of a deployment may be, as far as it can be told from the deployment alone. */
public final class DeploymentRules {
  private static final int MAX_TEXT = 4096;
  private static final Pattern VARIABLE = Pattern.compile("[-._a-zA-Z][-._a-zA-Z0-9]*");
  // Kubernetes' resource.Quantity, without signs
  private static final Pattern QUANTITY =
      Pattern.compile(
          "([0-9]{1,15}(\\.[0-9]{0,9})?|\\.[0-9]{1,9})([KMGTPE]i|[numkMGTPE]|[eE][0-9]{1,2})?");
  private static final Pattern SHA256 = Pattern.compile("[0-9a-f]{64}");

  private DeploymentRules() {}

  public static List<Violation> check(FunctionSpec spec) {
    List<Violation> violations = new ArrayList<>();
    checkName(spec.ref(), violations);
    checkText("image", spec.image(), true, violations);
    checkText("envProcess", spec.envProcess(), false, violations);
    checkEnvironment(spec.envVars(), violations);
    for (int i = 0; i < spec.constraints().size(); i++) {
      checkText("constraints[" + i + "]", spec.constraints().get(i), true, violations);
    }
    checkSecretNames(spec.secrets(), violations);
    Metadata.checkLabels(spec.labels(), violations);
    checkReservedLabel(spec, violations);
    ScaleBounds.read(spec.labels(), violations);
    ScalePolicy.read(spec.labels(), violations);
    Metadata.checkAnnotations(spec.annotations(), violations);
    checkCode(spec.annotations().get(Annotations.CODE), violations);
    violations.addAll(FunctionDeclaration.parse(spec.ref(), spec.annotations()).violations());
    checkResources("limits", spec.limits(), violations);
    checkResources("requests", spec.requests(), violations);
    return List.copyOf(violations);
  }

  private static void checkName(FunctionRef ref, List<Violation> violations) {
    if (ref.name().isEmpty()) {
      violations.add(new Violation("service", "is missing"));
    } else if (!Names.isDnsLabel(ref.name())) {
      violations.add(new Violation("service", notALabel(ref.name())));
    }
    if (!Names.isDnsLabel(ref.namespace())) {
      violations.add(new Violation("namespace", notALabel(ref.namespace())));
    } else if (ref.namespace().equals(Tenant.SYSTEM_NAME)) {
      violations.add(new Violation("namespace", "'" + Tenant.SYSTEM_NAME + "' is reserved"));
    }
  }

  private static String notALabel(String text) {
    return "'"
        + text
        + "' is not a DNS label (lower-case letters, digits and '-', at most "
        + Names.MAX_LABEL_LENGTH
        + ")";
  }

  private static void checkText(
      String field, @Nullable String text, boolean required, List<Violation> violations) {
    if (text == null || text.isBlank()) {
      if (required || text != null) {
        violations.add(new Violation(field, "is missing"));
      }
    } else if (text.length() > MAX_TEXT) {
      violations.add(new Violation(field, "is longer than " + MAX_TEXT + " characters"));
    } else if (text.chars().anyMatch(Character::isISOControl)) {
      violations.add(new Violation(field, "has control characters"));
    }
  }

  private static void checkEnvironment(
      @Nullable Map<String, String> envVars, List<Violation> violations) {
    if (envVars == null) {
      return;
    }
    envVars.forEach(
        (name, value) -> {
          String field = "envVars[\"" + name + "\"]";
          if (!VARIABLE.matcher(name).matches()) {
            violations.add(
                new Violation(field, "the name must be letters, digits, '-', '_' and '.'"));
          }
          // execve(2) takes strings that end at the first zero
          if (value.indexOf('\0') >= 0) {
            violations.add(new Violation(field, "has a zero byte"));
          }
        });
  }

  private static void checkSecretNames(List<String> secrets, List<Violation> violations) {
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < secrets.size(); i++) {
      String name = secrets.get(i);
      if (!Metadata.isDnsSubdomain(name)) {
        violations.add(new Violation("secrets[" + i + "]", "'" + name + "' is not a DNS name"));
      } else if (!seen.add(name)) {
        violations.add(new Violation("secrets[" + i + "]", "'" + name + "' is there twice"));
      }
    }
  }

  private static void checkReservedLabel(FunctionSpec spec, List<Violation> violations) {
    String label = spec.labels().get(FunctionStatus.NAME_LABEL);
    if (label != null && !label.equals(spec.ref().name())) {
      violations.add(
          new Violation(
              "labels[\"" + FunctionStatus.NAME_LABEL + "\"]", "is always the function's name"));
    }
  }

  private static void checkCode(@Nullable String code, List<Violation> violations) {
    if (code != null && !SHA256.matcher(code).matches()) {
      violations.add(
          new Violation(Annotations.field(Annotations.CODE), "is not a SHA-256 in lower-case hex"));
    }
  }

  private static void checkResources(
      String field, @Nullable Resources resources, List<Violation> violations) {
    if (resources != null) {
      checkQuantity(field + ".memory", resources.memory(), violations);
      checkQuantity(field + ".cpu", resources.cpu(), violations);
    }
  }

  private static void checkQuantity(
      String field, @Nullable String quantity, List<Violation> violations) {
    if (quantity != null && !QUANTITY.matcher(quantity).matches()) {
      violations.add(
          new Violation(field, "'" + quantity + "' is not a quantity such as 64Mi or 100m"));
    }
  }
}
