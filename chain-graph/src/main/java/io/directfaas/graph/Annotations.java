package io.directfaas.graph;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Our annotations: their names, and the rule that none of ours is misspelt in silence. */
public final class Annotations {
  public static final String PREFIX = "directfaas.io/";
  public static final String CALLS = PREFIX + "calls";
  public static final String PUBLIC = PREFIX + "public";
  public static final String ALLOW_CALLERS = PREFIX + "allow-callers";

  /** The local provider's: which code bundle is mounted into the sandbox. */
  public static final String CODE = PREFIX + "code";

  public static final String POLICY = PREFIX + "policy";
  public static final String DATA_PATH = PREFIX + "data-path";
  public static final String BANDWIDTH = PREFIX + "bandwidth";

  /** Of a namespace, and of a function, which wins: where callees' names lead. */
  public static final String NAMES = PREFIX + "names";

  private static final Set<String> OF_FUNCTIONS = ofFunctions();
  private static final Set<String> OF_NAMESPACES = Set.of(POLICY, DATA_PATH, BANDWIDTH, NAMES);

  private Annotations() {}

  private static Set<String> ofFunctions() {
    Set<String> keys = new HashSet<>(Set.of(CALLS, PUBLIC, ALLOW_CALLERS, CODE, NAMES));
    for (CallSetting setting : CallSetting.values()) {
      keys.add(setting.annotation());
      keys.add(setting.callerAnnotation());
    }
    return Set.copyOf(keys);
  }

  /** How an annotation is named in an error. */
  public static String field(String key) {
    return "annotations[\"" + key + "\"]";
  }

  static List<Violation> unknownOfFunction(Map<String, String> annotations) {
    return unknown(annotations, OF_FUNCTIONS, "function");
  }

  static List<Violation> unknownOfNamespace(Map<String, String> annotations) {
    return unknown(annotations, OF_NAMESPACES, "namespace");
  }

  private static List<Violation> unknown(
      Map<String, String> annotations, Set<String> known, String of) {
    List<Violation> violations = new ArrayList<>();
    for (String key : annotations.keySet()) {
      if (key.startsWith(PREFIX) && !known.contains(key)) {
        violations.add(
            new Violation(
                field(key),
                "is not an annotation of a "
                    + of
                    + " that this version knows; it knows "
                    + String.join(", ", known.stream().sorted().toList())));
      }
    }
    return violations;
  }
}
