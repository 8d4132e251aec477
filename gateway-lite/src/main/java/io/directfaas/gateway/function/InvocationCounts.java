package io.directfaas.gateway.function;

import io.directfaas.graph.FunctionRef;
import java.util.List;

/** Who counts completed calls, now that no call passes the gateway. */
public interface InvocationCounts {
  /** How often the function was called, whatever became of the call. */
  long of(FunctionRef function);

  /** Another number whenever a count may be another. */
  long version();

  /** The same of many functions, in their order and all of one moment. */
  long[] of(List<FunctionRef> functions);
}
