package io.directfaas.sdn.pipeline;

import java.util.Optional;
import org.projectfloodlight.openflow.types.U64;

/**
 * Marks a flow as ours: magic (16 bits), kind (8), reserved (8), object (32).
 *
 * @param kind what the flow is for
 * @param objectId whose flow it is: the id of the function that sends, or answers; 0 for none
 */
public record Cookie(FlowKind kind, int objectId) {
  public static final int MAGIC = 0xdfaa;
  public static final int MAGIC_SHIFT = 48;
  private static final int KIND_SHIFT = 40;

  public U64 toU64() {
    return U64.ofRaw(
        (long) MAGIC << MAGIC_SHIFT
            | (long) kind.code() << KIND_SHIFT
            | Integer.toUnsignedLong(objectId));
  }

  /**
   * Whether the flow with this cookie was written by an sdn-adapter, of this version or another.
   */
  public static boolean isOurs(U64 raw) {
    return raw.getValue() >>> MAGIC_SHIFT == MAGIC;
  }

  /** Empty for a foreign flow, and for a kind this version does not know. */
  public static Optional<Cookie> parse(U64 raw) {
    if (!isOurs(raw)) {
      return Optional.empty();
    }
    int code = (int) (raw.getValue() >>> KIND_SHIFT) & 0xff;
    return FlowKind.ofCode(code).map(kind -> new Cookie(kind, (int) raw.getValue()));
  }
}
