package io.directfaas.gateway.provider;

import java.io.IOException;
import java.time.Duration;
import java.util.List;

/** Where the lines are that functions write to standard output and error. */
public interface LogSource {
  /** Begins to read. Costs nothing that {@link Lines#close} does not free. */
  Lines open(LogQuery query);

  /** One reader's place in the logs of a function's replicas. For one thread. */
  interface Lines extends AutoCloseable {
    /**
     * The next lines, a bounded number; those of one replica in their order.
     *
     * @param wait how long to wait for one at most
     * @return none if none came in that time
     */
    List<LogLine> next(Duration wait) throws IOException, InterruptedException;

    /** Whether all has been read and nothing more is to come. */
    boolean ended();

    @Override
    void close();
  }
}
