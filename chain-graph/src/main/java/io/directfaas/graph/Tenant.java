package io.directfaas.graph;

import org.jspecify.annotations.Nullable;

/**
 * The unit of isolation; an OpenFaaS namespace.
 *
 * @param name a DNS label
 * @param id 1 to 65535, stable for the tenant's life; the fabric's 16-bit tenant field
 * @param policy which calls inside the tenant need to be declared
 * @param dataPath how the tenant's edges are carried
 * @param bandwidth how much all its functions on one switch may send together; null for no limit
 */
public record Tenant(
    String name, int id, EdgePolicy policy, DataPath dataPath, @Nullable Bandwidth bandwidth) {
  /** The tenant that holds the ingress. No user function can be deployed into it. */
  public static final String SYSTEM_NAME = "directfaas-system";

  public static final int SYSTEM_ID = 1;
  public static final int MAX_ID = 0xffff;

  public static final Tenant SYSTEM =
      new Tenant(SYSTEM_NAME, SYSTEM_ID, EdgePolicy.EDGES, DataPath.FABRIC);

  /** Without a limit. */
  public Tenant(String name, int id, EdgePolicy policy, DataPath dataPath) {
    this(name, id, policy, dataPath, null);
  }
}
