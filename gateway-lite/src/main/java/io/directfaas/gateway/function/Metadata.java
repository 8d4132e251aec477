package io.directfaas.gateway.function;

import io.directfaas.graph.Violation;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;

/** The rules for labels and annotations: those of Kubernetes, so that any platform takes them. */
public final class Metadata {
  private static final int MAX_ANNOTATION_BYTES = 256 * 1024;
  private static final int MAX_NAME = 63;
  private static final int MAX_PREFIX = 253;
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final Pattern DNS_SUBDOMAIN =
      Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private Metadata() {}

  public static void checkLabels(Map<String, String> labels, List<Violation> violations) {
    labels.forEach(
        (key, value) -> {
          String field = "labels[\"" + key + "\"]";
          checkKey(field, key, violations);
          if (!value.isEmpty() && !isName(value)) {
            violations.add(
                new Violation(
                    field,
                    "the value must be at most 63 letters, digits, '-', '_' and '.', beginning and"
                        + " ending with a letter or digit"));
          }
        });
  }

  public static void checkAnnotations(Map<String, String> annotations, List<Violation> violations) {
    long bytes = 0;
    for (Map.Entry<String, String> entry : annotations.entrySet()) {
      checkKey("annotations[\"" + entry.getKey() + "\"]", entry.getKey(), violations);
      bytes += entry.getKey().length();
      bytes += entry.getValue().getBytes(StandardCharsets.UTF_8).length;
    }
    if (bytes > MAX_ANNOTATION_BYTES) {
      violations.add(
          new Violation("annotations", "are longer than " + MAX_ANNOTATION_BYTES + " bytes"));
    }
  }

  /** RFC 1123 subdomain: labels joined by dots, at most 253 characters. */
  public static boolean isDnsSubdomain(String text) {
    return text.length() <= MAX_PREFIX && DNS_SUBDOMAIN.matcher(text).matches();
  }

  private static void checkKey(String field, String key, List<Violation> violations) {
    int slash = key.indexOf('/');
    boolean valid =
        slash < 0
            ? isName(key)
            : isDnsSubdomain(key.substring(0, slash)) && isName(key.substring(slash + 1));
    if (!valid) {
      violations.add(
          new Violation(
              field,
              "the key must be a name of at most 63 letters, digits, '-', '_' and '.', with an"
                  + " optional DNS prefix and '/'"));
    }
  }

  private static boolean isName(String text) {
    return text.length() <= MAX_NAME && NAME.matcher(text).matches();
  }
}
