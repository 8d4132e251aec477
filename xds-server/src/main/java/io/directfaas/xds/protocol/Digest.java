package io.directfaas.xds.protocol;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256, cut to 128 bits: enough that equal versions mean equal content. */
public final class Digest {
  private static final int LENGTH = 16;
  private final MessageDigest sha256;

  public Digest() {
    try {
      sha256 = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java platform has SHA-256", e);
    }
  }

  /** Adds a text and an end mark, so that no two sequences of texts look alike. */
  public Digest add(String text) {
    sha256.update(text.getBytes(StandardCharsets.UTF_8));
    sha256.update((byte) 0);
    return this;
  }

  public Digest add(byte[] bytes) {
    sha256.update(bytes);
    return this;
  }

  /** 32 hexadecimal digits. Ends the digest. */
  public String hex() {
    return HexFormat.of().formatHex(sha256.digest(), 0, LENGTH);
  }
}
