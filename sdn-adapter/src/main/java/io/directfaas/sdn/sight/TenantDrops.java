package io.directfaas.sdn.sight;

/**
 * What a tenant's meters have held back on this adapter's switches, since the meter was last
 * changed.
 *
 * @param tenant its name
 * @param bandwidthPackets over the tenant's bandwidth
 * @param bandwidthBytes octets of these frames
 * @param arpPackets questions for addresses that came too fast
 */
record TenantDrops(String tenant, long bandwidthPackets, long bandwidthBytes, long arpPackets) {
  TenantDrops plus(TenantDrops other) {
    return new TenantDrops(
        tenant,
        bandwidthPackets + other.bandwidthPackets,
        bandwidthBytes + other.bandwidthBytes,
        arpPackets + other.arpPackets);
  }
}
