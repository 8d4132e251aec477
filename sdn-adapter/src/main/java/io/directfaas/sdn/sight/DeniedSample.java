package io.directfaas.sdn.sight;

/**
 * Who tried what, and why it was denied, as far as it was seen: of each tenant's denied packets a
 * few per second are looked at.
 *
 * @param caller whose port it came from, {@code namespace/name}
 * @param reason why it was dropped
 * @param attempt what was tried, such as {@code tcp 10.88.0.4:9090}
 * @param callee who has that address, as the caller's tenant would mean it; empty if no one, or
 *     several tenants do
 * @param claimed the addresses it gave as its own, where they were forged; else empty
 * @param opens whether it was the beginning of a call, and not a rest of one
 * @param samples how often it was seen; how often it happened, the drops count
 */
record DeniedSample(
    String caller,
    String reason,
    String attempt,
    String callee,
    String claimed,
    boolean opens,
    long samples,
    String firstSeen,
    String lastSeen) {}
