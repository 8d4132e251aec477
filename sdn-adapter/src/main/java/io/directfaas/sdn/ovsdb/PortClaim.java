package io.directfaas.sdn.ovsdb;

import java.util.Map;

/**
 * A port of the bridge, and what whoever plugged it in wrote down about it.
 *
 * @param number the OpenFlow port number
 * @param externalIds the interface's external_ids
 * @param mtu the interface's MTU; 0 when unknown
 */
public record PortClaim(int number, Map<String, String> externalIds, int mtu) {
  public PortClaim {
    externalIds = Map.copyOf(externalIds);
  }

  String id(String... keys) {
    for (String key : keys) {
      String value = externalIds.get(key);
      if (value != null && !value.isBlank()) {
        return value.strip();
      }
    }
    return "";
  }
}
