package io.directfaas.graph;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What a function says of its edges.
 *
 * @param ref the function
 * @param isPublic whether outside callers may call it through the ingress
 * @param calls whom it calls, deployed or not
 * @param allowCallers who of other tenants may call it
 * @param names where the names of its callees lead, if it says so; else its namespace does
 * @param policies how calls to it, and its own, are made
 */
public record FunctionDeclaration(
    FunctionRef ref,
    boolean isPublic,
    List<FunctionRef> calls,
    List<CallerPattern> allowCallers,
    Optional<NameRoute> names,
    DeclaredPolicies policies) {

  private static final Pattern COMMA = Pattern.compile(",");

  public FunctionDeclaration {
    calls = List.copyOf(calls);
    allowCallers = List.copyOf(allowCallers);
  }

  /**
   * A declaration as far as it could be read.
   *
   * @param value of no use when there are violations
   * @param violations what is wrong, by annotation
   */
  public record Parsed(FunctionDeclaration value, List<Violation> violations) {}

  /** Reads a function's annotations. Never throws. */
  public static Parsed parse(FunctionRef ref, Map<String, String> annotations) {
    List<Violation> violations = new ArrayList<>(Annotations.unknownOfFunction(annotations));
    boolean isPublic = true;
    String publicText = annotations.get(Annotations.PUBLIC);
    if (publicText != null) {
      isPublic = publicText.equals("true");
      if (!isPublic && !publicText.equals("false")) {
        violations.add(
            new Violation(
                Annotations.field(Annotations.PUBLIC),
                "'" + publicText + "' is neither true nor false"));
      }
    }
    Set<FunctionRef> calls = new LinkedHashSet<>();
    for (String item : items(annotations.get(Annotations.CALLS))) {
      read(
          Annotations.CALLS,
          violations,
          () -> {
            FunctionRef callee = FunctionRef.parse(item, ref.namespace());
            if (callee.namespace().equals(Tenant.SYSTEM_NAME)) {
              throw new IllegalArgumentException("'" + item + "' cannot be called");
            }
            calls.add(callee);
          });
    }
    List<CallerPattern> allowCallers = new ArrayList<>();
    for (String item : items(annotations.get(Annotations.ALLOW_CALLERS))) {
      read(
          Annotations.ALLOW_CALLERS, violations, () -> allowCallers.add(CallerPattern.parse(item)));
    }
    Optional<NameRoute> names = NameRoute.parse(annotations, violations);
    DeclaredPolicies policies = DeclaredPolicies.parse(ref, annotations, calls, violations);
    return new Parsed(
        new FunctionDeclaration(ref, isPublic, List.copyOf(calls), allowCallers, names, policies),
        List.copyOf(violations));
  }

  /** Whether its own side lets this caller in; the caller's side must declare the call as well. */
  public boolean admits(FunctionRef caller) {
    return caller.namespace().equals(ref.namespace())
        || allowCallers.stream().anyMatch(pattern -> pattern.matches(caller));
  }

  private static List<String> items(@Nullable String text) {
    if (text == null) {
      return List.of();
    }
    return COMMA.splitAsStream(text).map(String::strip).filter(item -> !item.isEmpty()).toList();
  }

  private static void read(String key, List<Violation> violations, Runnable reader) {
    try {
      reader.run();
    } catch (IllegalArgumentException e) {
      violations.add(new Violation(Annotations.field(key), String.valueOf(e.getMessage())));
    }
  }
}
