package io.directfaas.graph;

import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/**
 * What a function says of how calls are made.
 *
 * @param toIt of calls to it
 * @param byIt of its own calls, whoever is called
 * @param byCallee of its own calls to a certain function; goes before {@code byIt}
 */
public record DeclaredPolicies(
    CallPolicy toIt, CallPolicy byIt, Map<FunctionRef, CallPolicy> byCallee) {
  /** Says nothing. */
  public static final DeclaredPolicies NONE =
      new DeclaredPolicies(CallPolicy.NONE, CallPolicy.NONE, Map.of());

  private static final Pattern COMMA = Pattern.compile(",");
  private static final String ALL = "*";

  public DeclaredPolicies {
    byCallee = Map.copyOf(byCallee);
  }

  /** What it says, as the caller, of its calls to that function. */
  public CallPolicy to(FunctionRef callee) {
    return byCallee.getOrDefault(callee, CallPolicy.NONE).over(byIt);
  }

  /**
   * Reads a function's annotations.
   *
   * @param calls whom it calls
   * @param violations takes what is wrong with them
   */
  static DeclaredPolicies parse(
      FunctionRef ref,
      Map<String, String> annotations,
      Collection<FunctionRef> calls,
      List<Violation> violations) {
    Reader reader = new Reader(ref, calls, violations);
    for (CallSetting setting : CallSetting.values()) {
      String own = annotations.get(setting.annotation());
      if (own != null) {
        reader.readOwn(setting, own);
      }
      String others = annotations.get(setting.callerAnnotation());
      if (others != null) {
        reader.readCalls(setting, others);
      }
    }
    return new DeclaredPolicies(reader.toIt, reader.byIt, reader.byCallee);
  }

  private static final class Reader {
    private final FunctionRef ref;
    private final Collection<FunctionRef> calls;
    private final List<Violation> violations;
    private CallPolicy toIt = CallPolicy.NONE;
    private CallPolicy byIt = CallPolicy.NONE;
    private final Map<FunctionRef, CallPolicy> byCallee = new HashMap<>();

    private Reader(FunctionRef ref, Collection<FunctionRef> calls, List<Violation> violations) {
      this.ref = ref;
      this.calls = calls;
      this.violations = violations;
    }

    private void readOwn(CallSetting setting, String text) {
      try {
        toIt = toIt.with(setting, setting.parse(text.strip()));
      } catch (IllegalArgumentException e) {
        report(setting.annotation(), "'" + text + "' on function " + ref + " " + e.getMessage());
      }
    }

    private void readCalls(CallSetting setting, String text) {
      List<String> seen = new ArrayList<>();
      for (String item : COMMA.splitAsStream(text).map(String::strip).toList()) {
        if (item.isEmpty()) {
          continue;
        }
        try {
          readCall(setting, item, seen);
        } catch (IllegalArgumentException e) {
          report(
              setting.callerAnnotation(),
              "'" + item + "' on function " + ref + ": " + e.getMessage());
        }
      }
    }

    private void readCall(CallSetting setting, String item, List<String> seen) {
      int equals = item.indexOf('=');
      if (equals <= 0) {
        throw new IllegalArgumentException(
            "is not <callee>=<value>, such as b="
                + example(setting)
                + ", or *="
                + example(setting));
      }
      String who = item.substring(0, equals).strip();
      String text = item.substring(equals + 1).strip();
      FunctionRef callee = who.equals(ALL) ? null : FunctionRef.parse(who, ref.namespace());
      if (callee != null && !calls.contains(callee)) {
        throw new IllegalArgumentException("'" + who + "' is not in " + Annotations.CALLS);
      }
      String name = callee == null ? ALL : callee.toString();
      if (seen.contains(name)) {
        throw new IllegalArgumentException("'" + who + "' is there twice");
      }
      seen.add(name);
      long value = parse(setting, text);
      if (callee == null) {
        byIt = byIt.with(setting, value);
      } else {
        byCallee.merge(callee, CallPolicy.of(setting, value), (old, added) -> added.over(old));
      }
    }

    private static long parse(CallSetting setting, String text) {
      try {
        return setting.parse(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("'" + text + "' " + e.getMessage(), e);
      }
    }

    private static String example(CallSetting setting) {
      return switch (setting) {
        case TIMEOUT, IDLE_CONNECTIONS, TCP_KEEPALIVE, OUTLIER_EJECTION -> "30s";
        case RETRIES -> "2";
        case MAX_CONCURRENT_CALLS -> "100";
        case OUTLIER_FAILURES -> "5";
        case OUTLIER_MAX_EJECTED -> "50%";
        case BALANCING -> "round-robin";
        case PRECONNECT -> "1.5";
      };
    }

    private void report(String annotation, String problem) {
      violations.add(new Violation(Annotations.field(annotation), problem));
    }
  }
}
