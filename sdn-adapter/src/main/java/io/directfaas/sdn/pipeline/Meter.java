package io.directfaas.sdn.pipeline;

/**
 * A meter of the switch: what comes faster is dropped.
 *
 * @param id says what it is for and for whom, see {@link #idOf}
 * @param unit of rate and burst
 * @param rate per second
 * @param burst how much may come at once after a pause
 */
public record Meter(int id, Unit unit, long rate, long burst) {
  /** What is counted. */
  public enum Unit {
    /** Kilobits. */
    KBPS,
    PACKETS
  }

  /** What a meter is for. One of each per tenant that sends from this switch. */
  public enum Purpose {
    /** What the tenant may send, from its annotation; there is none without. */
    BANDWIDTH(0),
    /** Questions for addresses, each of which costs the switch more than a packet. */
    ARP(1),
    /** Samples of denied packets that are shown to us. */
    SAMPLE(2);

    private final int code;

    Purpose(int code) {
      this.code = code;
    }
  }

  private static final int TENANT_BITS = 16;

  /**
   * Meters have no cookie, so the id has to say it all: purpose above the 16 bits of the tenant.
   */
  static int idOf(Purpose purpose, int tenantId) {
    return purpose.code << TENANT_BITS | tenantId;
  }

  /** The tenant's id in a meter's. */
  public static int tenantOf(long meterId) {
    return (int) (meterId & 0xffff);
  }

  /** Whether it is for that. */
  public static boolean is(Purpose purpose, long meterId) {
    return meterId >>> TENANT_BITS == purpose.code;
  }
}
