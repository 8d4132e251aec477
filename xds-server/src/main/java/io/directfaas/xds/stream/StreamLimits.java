package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.Limits;

/**
 * What clients may cost. Beyond a limit a stream ends with {@code RESOURCE_EXHAUSTED} and the
 * limit's name; only requests are slowed down instead.
 *
 * @param streams open at a time, of all workloads together
 * @param streamsPerWorkload open at a time; a further one ends the workload's oldest, so that one
 *     that reconnects is never locked out by streams whose death nobody has noticed
 * @param newStreamsPerSecond of all workloads together; as many may come at once
 * @param newStreamsPerSecondPerWorkload likewise of one workload
 * @param requestsPerSecond read from one stream; as many may come at once, further ones wait
 * @param messageBytes the largest request
 * @param perStream what one stream may subscribe to
 */
public record StreamLimits(
    int streams,
    int streamsPerWorkload,
    int newStreamsPerSecond,
    int newStreamsPerSecondPerWorkload,
    int requestsPerSecond,
    int messageBytes,
    Limits perStream) {
  /** An Envoy needs one stream, or one per type: eight. */
  public static final StreamLimits DEFAULT =
      new StreamLimits(20_000, 16, 2_000, 32, 1_000, 4 << 20, Limits.DEFAULT);

  public StreamLimits {
    if (streams < 1
        || streamsPerWorkload < 1
        || newStreamsPerSecond < 1
        || newStreamsPerSecondPerWorkload < 1
        || requestsPerSecond < 1
        || messageBytes < 1) {
      throw new IllegalArgumentException("every limit must be at least 1");
    }
  }
}
