package io.directfaas.sdn.ovsdb;

import java.util.Optional;

/** Who knows what is plugged into a bridge. */
public interface PortSource {
  /** The bridge and its ports; empty until they have been read once. */
  Optional<BridgeView> bridge();

  /** Whether what is said is followed, and not only remembered. */
  boolean connected();

  /** Why it is not connected; empty while it is. */
  String lastError();
}
