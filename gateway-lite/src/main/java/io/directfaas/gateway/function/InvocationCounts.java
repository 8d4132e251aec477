package io.directfaas.gateway.function;

import io.directfaas.graph.FunctionRef;
import java.util.OptionalLong;

/** Who counts completed calls, now that no call passes the gateway. */
public interface InvocationCounts {
  /** How often the function was called since it was deployed; empty when that is not known. */
  OptionalLong of(FunctionRef function);

  /** Where nobody counts. The API then leaves the number out, which is not the same as zero. */
  static InvocationCounts unknown() {
    return function -> OptionalLong.empty();
  }
}
