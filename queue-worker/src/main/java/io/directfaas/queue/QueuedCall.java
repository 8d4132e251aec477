package io.directfaas.queue;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A call that was accepted.
 *
 * @param function {@code namespace/name}
 * @param path what the function sees, with its query
 * @param headers in order, hop-by-hop ones left out
 * @param body all of it
 * @param callback where the result goes, or null
 * @param callId the call's id, as its caller knows it
 * @param startTime when it was accepted, unix nanoseconds as text
 */
record QueuedCall(
    String function,
    String path,
    List<Header> headers,
    byte[] body,
    @Nullable String callback,
    String callId,
    String startTime) {

  record Header(String name, String value) {}

  /** {@code name.namespace}, as paths have it. */
  String token() {
    int slash = function.indexOf('/');
    return function.substring(slash + 1) + "." + function.substring(0, slash);
  }
}
