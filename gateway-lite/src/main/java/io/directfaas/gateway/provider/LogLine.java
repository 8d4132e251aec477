package io.directfaas.gateway.provider;

import io.directfaas.graph.FunctionRef;
import java.time.Instant;

/**
 * One line that a function wrote.
 *
 * @param function whose it is
 * @param instance the replica's id
 * @param time when it was written, as precisely as the platform knows
 * @param text without the line's end
 */
public record LogLine(FunctionRef function, String instance, Instant time, String text) {}
