package io.directfaas.gateway.provider;

import io.directfaas.graph.FunctionRef;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which lines of a function's log are wanted.
 *
 * @param function whose
 * @param instance of this replica only, or null for all
 * @param tail at most so many of the newest lines of each replica to begin with; negative for all
 * @param since none from before, or null
 * @param follow whether lines to come are wanted, too
 */
public record LogQuery(
    FunctionRef function,
    @Nullable String instance,
    int tail,
    @Nullable Instant since,
    boolean follow) {}
