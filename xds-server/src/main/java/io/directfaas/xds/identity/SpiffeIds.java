package io.directfaas.xds.identity;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Names;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A function's SPIFFE ID: {@code spiffe://<trust-domain>/ns/<ns>/fn/<fn>}.
 *
 * @param trustDomain whose certificates count
 */
record SpiffeIds(String trustDomain) {
  /** The kind of subject alternative name that is a URI: RFC 5280 section 4.2.1.6. */
  private static final int URI = 6;

  private static final Pattern ID = Pattern.compile("spiffe://([^/]+)/ns/([^/]+)/fn/([^/]+)");

  /**
   * The function that a certificate names. That the certificate is to be trusted at all is the
   * handshake's business.
   *
   * @throws InvalidCredentialException if it does not have exactly one URI, or another than that of
   *     a function of this trust domain
   */
  FunctionRef functionOf(X509Certificate certificate) throws InvalidCredentialException {
    // "An X.509 SVID MUST contain exactly one URI SAN": X509-SVID section 2.
    List<String> uris = uris(certificate);
    if (uris.size() != 1) {
      throw new InvalidCredentialException(
          "client certificate: has " + uris.size() + " URIs, expected one, " + pattern());
    }
    Matcher id = ID.matcher(uris.getFirst());
    if (!id.matches()
        || !id.group(1).equals(trustDomain)
        || !Names.isDnsLabel(id.group(2))
        || !Names.isDnsLabel(id.group(3))) {
      throw new InvalidCredentialException(
          "client certificate: its URI is not of the form " + pattern());
    }
    return new FunctionRef(id.group(2), id.group(3));
  }

  String pattern() {
    return "spiffe://" + trustDomain + "/ns/<namespace>/fn/<function>";
  }

  private static List<String> uris(X509Certificate certificate) throws InvalidCredentialException {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null
          ? List.of()
          : names.stream()
              .filter(name -> name.get(0) instanceof Integer kind && kind == URI)
              .map(name -> String.valueOf(name.get(1)))
              .toList();
    } catch (CertificateParsingException e) {
      throw new InvalidCredentialException(
          "client certificate: its subject alternative names cannot be read");
    }
  }
}
