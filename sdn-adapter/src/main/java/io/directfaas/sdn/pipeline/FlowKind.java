package io.directfaas.sdn.pipeline;

import java.util.Optional;

/** What a flow is for; carried in its cookie so that a dump can be read without the graph. */
public enum FlowKind {
  SOURCE(0x01),
  ARP_REQUEST(0x02),
  DESTINATION(0x03),
  EDGE(0x04),
  REPLY_TEST(0x05),
  REPLY(0x06),
  METER(0x07),
  FORWARD(0x08),
  ARP_ANSWER(0x09),
  ARP_RETURN(0x0a),
  TUNNEL_SOURCE(0x20),
  /** A sender that is not who it says. */
  DROP_SPOOFED(0x80, "spoofed"),
  /** Neither IPv4 nor ARP. */
  DROP_UNSUPPORTED(0x81, "unsupported"),
  /** From a port that no replica is known to be plugged into. */
  DROP_UNKNOWN_PORT(0x82, "unknown-port"),
  /** No edge of the graph allows it. */
  DROP_UNDECLARED(0x83, "undeclared"),
  /** Allowed, but there is no way to the destination. */
  DROP_UNREACHABLE(0x84, "unreachable"),
  /**
   * From a tunnel, but for no function that the other end's node hosts and that has an edge to
   * here.
   */
  DROP_UNEXPECTED_TUNNEL(0x90, "unexpected-tunnel");

  private final int code;
  private final String dropReason;

  FlowKind(int code) {
    this(code, "");
  }

  FlowKind(int code, String dropReason) {
    this.code = code;
    this.dropReason = dropReason;
  }

  public int code() {
    return code;
  }

  public boolean isDrop() {
    return !dropReason.isEmpty();
  }

  /** The reason as operators see it; empty for flows that do not drop. */
  public String dropReason() {
    return dropReason;
  }

  static Optional<FlowKind> ofCode(int code) {
    for (FlowKind kind : values()) {
      if (kind.code == code) {
        return Optional.of(kind);
      }
    }
    return Optional.empty();
  }
}
