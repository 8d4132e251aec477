package io.directfaas.gateway.function;

import io.directfaas.graph.FunctionRef;
import java.util.OptionalLong;

/** Who counts completed calls, now that no call passes the gateway. */
public interface InvocationCounts {
  /**
   * How often the function was called, whatever became of the call; empty when that is not known.
   */
  OptionalLong of(FunctionRef function);
}
