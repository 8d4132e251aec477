package io.directfaas.sdn.sight;

/**
 * What an edge has carried since its flows were installed.
 *
 * @param caller {@code namespace/name}
 * @param callee {@code namespace/name}
 * @param forward from caller to callee
 * @param reply from callee to caller
 */
record EdgeCount(String caller, String callee, Count forward, Count reply) {
  /**
   * @param packets frames
   * @param bytes octets of these frames, Ethernet headers included
   */
  record Count(long packets, long bytes) {
    static final Count NONE = new Count(0, 0);

    Count plus(long morePackets, long moreBytes) {
      return new Count(packets + morePackets, bytes + moreBytes);
    }
  }
}
