package io.directfaas.xds.ca;

import io.directfaas.graph.FunctionRef;
import java.util.regex.Pattern;

/**
 * Who a function is to its peers: {@code spiffe://<trust-domain>/ns/<ns>/fn/<fn>}.
 *
 * @see <a href="https://github.com/spiffe/spiffe/blob/main/standards/SPIFFE-ID.md">SPIFFE-ID</a>
 */
public record SpiffeId(String trustDomain, FunctionRef function) {
  private static final Pattern TRUST_DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");

  /**
   * Checks a trust domain's name.
   *
   * @throws IllegalArgumentException saying what is wrong with it
   */
  public static String requireTrustDomain(String name) {
    if (!TRUST_DOMAIN.matcher(name).matches()) {
      throw new IllegalArgumentException(
          "trust domain '"
              + name
              + "': expected 1 to 255 lower-case letters, digits, dots, dashes and underscores");
    }
    return name;
  }

  /** The URI, as certificates carry it. */
  @Override
  public String toString() {
    return "spiffe://" + trustDomain + "/ns/" + function.namespace() + "/fn/" + function.name();
  }
}
