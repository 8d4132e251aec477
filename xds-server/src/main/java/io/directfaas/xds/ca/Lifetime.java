package io.directfaas.xds.ca;

import io.directfaas.graph.FunctionRef;
import java.time.Duration;
import java.time.Instant;

/**
 * When a function's certificates change. Time is cut into epochs of half a certificate's lifetime,
 * and each epoch has its certificate: a certificate is replaced while half of its life is left.
 * Every function's epochs begin at an offset of its own, so that not all of them change at once.
 *
 * @param ofCertificate how long a certificate is valid from its epoch's start, at least 2 s
 */
public record Lifetime(Duration ofCertificate) {
  private static final Duration SHORTEST = Duration.ofSeconds(2);

  public Lifetime {
    if (ofCertificate.compareTo(SHORTEST) < 0) {
      throw new IllegalArgumentException(
          "certificate lifetime " + ofCertificate + ": must be at least " + SHORTEST);
    }
  }

  /** The start of the epoch an instant falls into, in whole seconds as certificates count them. */
  Instant epochStart(FunctionRef function, Instant now) {
    long length = ofCertificate.toSeconds() / 2;
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
    Duration tenth = ofCertificate.dividedBy(20);
    Duration longest = Duration.ofMinutes(1);
    return tenth.compareTo(longest) < 0 ? tenth : longest;
  }
}
