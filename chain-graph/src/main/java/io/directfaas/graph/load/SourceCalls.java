package io.directfaas.graph.load;

import java.util.List;

/**
 * All calls that one process has seen since it began. A later word of the same source replaces an
 * earlier one.
 *
 * @param source who
 * @param functions by callee
 */
public record SourceCalls(Source source, List<FunctionCalls> functions) {
  public SourceCalls {
    functions = List.copyOf(functions);
  }

  /**
   * A process that sees calls.
   *
   * @param replica the replica beside which it runs
   * @param life which life of the process it is: counts of another one begin at zero
   */
  public record Source(String replica, String life) {
    /** What lives of watchdogs begin with; other lives are those of Envoys. */
    public static final String WATCHDOG = "watchdog-";
  }
}
