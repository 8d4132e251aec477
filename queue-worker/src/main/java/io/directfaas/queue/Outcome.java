package io.directfaas.queue;

import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What came of one try.
 *
 * @param status the answer's status; 503 where there was no answer
 * @param reached whether the function may have been executed
 * @param headers of the answer, hop-by-hop ones left out
 * @param body a file with the answer's body, or null where nobody asked for it
 * @param seconds how long it took
 */
record Outcome(
    int status,
    boolean reached,
    List<QueuedCall.Header> headers,
    @Nullable Path body,
    double seconds) {}
