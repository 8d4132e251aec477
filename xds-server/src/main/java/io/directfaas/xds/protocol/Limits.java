package io.directfaas.xds.protocol;

/**
 * What one stream may cost.
 *
 * @param names how many names of one type a client may subscribe to beyond those that exist for it
 * @param nameLength the longest name, in UTF-16 units
 * @param types how many types one stream may ask for
 * @param responseBytes where a response is cut and its rest sent after its ACK; one resource goes
 *     however large it is, and so does a state-of-the-world response that must be complete
 */
public record Limits(int names, int nameLength, int types, int responseBytes) {
  public static final Limits DEFAULT = new Limits(1_000, 1_024, 32, 1 << 20);

  public Limits {
    if (names < 1 || nameLength < 1 || types < 1 || responseBytes < 1) {
      throw new IllegalArgumentException("every limit must be at least 1");
    }
  }
}
