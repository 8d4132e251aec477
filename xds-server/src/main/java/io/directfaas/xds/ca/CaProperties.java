package io.directfaas.xds.ca;

import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * Where identities come from.
 *
 * @param trustDomain the first part of every SPIFFE id
 * @param directory where the built-in authority keeps its key; not used with a given one
 * @param certificate PEM: the certificate of a given authority, then intermediates if any; null for
 *     the built-in one
 * @param key PEM: its private key; given together with {@code certificate}
 * @param trustBundle PEM: the roots that peers trust; null for the self-signed ones among {@code
 *     certificate}
 * @param lifetime of functions' certificates
 * @param renewAfter how long one is used; null for half of its lifetime
 */
public record CaProperties(
    String trustDomain,
    Path directory,
    @Nullable Path certificate,
    @Nullable Path key,
    @Nullable Path trustBundle,
    Duration lifetime,
    @Nullable Duration renewAfter) {
  public CaProperties {
    SpiffeId.requireTrustDomain(trustDomain);
    if ((certificate == null) != (key == null)) {
      throw new IllegalArgumentException(
          "ca: certificate and key must be given together; "
              + (key == null ? "key" : "certificate")
              + " is missing");
    }
    if (certificate == null && trustBundle != null) {
      throw new IllegalArgumentException(
          "ca: a trust-bundle goes with a given certificate; the built-in authority has its own");
    }
  }

  /** With certificates that are replaced after half of their lifetime. */
  public CaProperties(
      String trustDomain,
      Path directory,
      @Nullable Path certificate,
      @Nullable Path key,
      @Nullable Path trustBundle,
      Duration lifetime) {
    this(trustDomain, directory, certificate, key, trustBundle, lifetime, null);
  }

  Lifetime lifetimes() {
    return renewAfter == null ? new Lifetime(lifetime) : new Lifetime(lifetime, renewAfter);
  }
}
