package io.directfaas.xds.ca;

import io.directfaas.graph.FunctionRef;
import java.time.Duration;
import java.time.Instant;

/**
 * When a function's certificates change. Time is cut into epochs, by default of half a
 * certificate's lifetime, and each epoch has its certificate: a certificate is replaced while the
 * rest of its life is left, and for so long the mesh goes on without a control plane. Every
 * function's epochs begin at an offset of its own, so that not all of them change at once.
 *
 * @param ofCertificate how long a certificate is valid from its epoch's start, at least 2 s
 * @param epoch how long it is used, at least 1 s and less than it is valid
 */
public record Lifetime(Duration ofCertificate, Duration epoch) {
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  public Lifetime {
    if (ofCertificate.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "certificate lifetime " + ofCertificate + ": must be at least " + SHORTEST);
    }
    if (epoch.toSeconds() < 1 || epoch.compareTo(ofCertificate) >= 0) {
      throw new IllegalArgumentException(
          "certificate renew-after "
              + epoch
              + ": must be at least 1 s and less than the lifetime of "
              + ofCertificate);
    }
  }

  /** With certificates that are replaced after half of their life. */
  public Lifetime(Duration ofCertificate) {
    this(ofCertificate, ofCertificate.dividedBy(2));
  }

  /** The start of the epoch an instant falls into, in whole seconds as certificates count them. */
  Instant epochStart(FunctionRef function, Instant now) {
    long length = epoch.toSeconds();
    // String's hash is specified, so that every process finds the same epochs.
    long offset = Math.floorMod(function.toString().hashCode(), length);
    long second = now.getEpochSecond();
    return Instant.ofEpochSecond(second - Math.floorMod(second - offset, length));
  }

  Instant end(Instant epochStart) {
    return epochStart.plus(ofCertificate);
  }

  /** How often to look whether an epoch is over. */
  public Duration tick() {
    Duration tenth = epoch.dividedBy(10);
    Duration longest = Duration.ofMinutes(1);
    return tenth.compareTo(longest) < 0 ? tenth : longest;
  }
}
