package io.directfaas.graph;

import java.util.regex.Pattern;

/** The one rule for names, that of Kubernetes: RFC 1123 labels. */
public final class Names {
  /** Longest DNS label, RFC 1035 section 2.3.4. */
  public static final int MAX_LABEL_LENGTH = 63;

  private static final Pattern DNS_LABEL = Pattern.compile("[a-z0-9]([-a-z0-9]*[a-z0-9])?");

  private Names() {}

  /** Whether the text is a lower-case RFC 1123 label of at most 63 characters. */
  public static boolean isDnsLabel(String text) {
    return text.length() <= MAX_LABEL_LENGTH && DNS_LABEL.matcher(text).matches();
  }
}
