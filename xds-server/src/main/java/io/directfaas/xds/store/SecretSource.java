package io.directfaas.xds.store;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.protocol.XdsResource;
import org.jspecify.annotations.Nullable;

/**
 * The secrets of functions, which change with time and not with the graph. Asked only when a client
 * of the function asks. For any thread.
 */
public interface SecretSource {
  /** For functions that have none. */
  SecretSource NONE = (function, name) -> null;

  /**
   * A function's secret as it is now. Names mean each function's own: no function can name
   * another's.
   */
  @Nullable XdsResource secret(FunctionRef function, String name);
}
