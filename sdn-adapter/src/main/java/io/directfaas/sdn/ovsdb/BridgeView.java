package io.directfaas.sdn.ovsdb;

import io.directfaas.graph.Ipv4;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A bridge as its database shows it.
 *
 * @param claims the ports that have a number and say something about themselves
 * @param tunnelPort the OpenFlow port of our tunnel; 0 while there is none
 * @param dpid the datapath id, 16 hexadecimal digits; empty while unknown
 * @param tunnelAddress where the node takes tunnels; null when the database does not say
 * @param problems what is not as it should be, in words
 */
public record BridgeView(
    List<PortClaim> claims,
    int tunnelPort,
    String dpid,
    @Nullable Ipv4 tunnelAddress,
    List<String> problems) {
  public BridgeView {
    claims = List.copyOf(claims);
    problems = List.copyOf(problems);
  }
}
