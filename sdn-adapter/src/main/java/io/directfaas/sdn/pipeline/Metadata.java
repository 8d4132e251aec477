package io.directfaas.sdn.pipeline;

import io.directfaas.graph.Function;
import io.directfaas.graph.Tenant;
import org.projectfloodlight.openflow.types.U64;

/**
 * What a packet carries from table to table: source function (24 bits), destination function (24),
 * tenant of the sender (16). 24 bits because the source must also fit a VNI of Geneve or VXLAN.
 */
public final class Metadata {
  static final U64 SOURCE_MASK = U64.ofRaw(0xffffff0000000000L);
  static final U64 DESTINATION_MASK = U64.ofRaw(0x000000ffffff0000L);
  static final U64 TENANT_MASK = U64.ofRaw(0xffffL);
  static final U64 SOURCE_AND_TENANT_MASK = SOURCE_MASK.or(TENANT_MASK);
  static final U64 EDGE_MASK = SOURCE_MASK.or(DESTINATION_MASK);

  private Metadata() {}

  static U64 source(int functionId) {
    return U64.ofRaw((long) within(functionId, Function.MAX_ID) << 40);
  }

  static U64 destination(int functionId) {
    return U64.ofRaw((long) within(functionId, Function.MAX_ID) << 16);
  }

  static U64 tenant(int tenantId) {
    return U64.ofRaw(within(tenantId, Tenant.MAX_ID));
  }

  /** Whatever does not fit would be taken for another one. */
  private static int within(int id, int max) {
    if (id < 1 || id > max) {
      throw new IllegalArgumentException("id " + id + " is not within 1 to " + max);
    }
    return id;
  }

  static U64 sourceAndTenant(int functionId, int tenantId) {
    return source(functionId).or(tenant(tenantId));
  }

  static U64 edge(int sourceId, int destinationId) {
    return source(sourceId).or(destination(destinationId));
  }

  /** The source function's id in a metadata word. */
  public static int sourceOf(U64 metadata) {
    return (int) (metadata.getValue() >>> 40);
  }

  /** The destination function's id in a metadata word. */
  public static int destinationOf(U64 metadata) {
    return (int) (metadata.getValue() >>> 16) & 0xffffff;
  }
}
