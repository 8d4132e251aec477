package io.directfaas.standalone.cli.loadtest;

import tools.jackson.databind.JsonNode;

/**
 * What the driver saw in one attack.
 *
 * @param calls how many were made
 * @param failed how many of them were not answered with 200
 * @param seconds how long it took
 * @param p50 median latency of what succeeded, in microseconds; the others likewise
 * @param json all of it, as the driver said it
 */
record Figures(
    long calls, long failed, double seconds, double p50, double p90, double p99, JsonNode json) {

  static Figures of(JsonNode json) {
    return new Figures(
        json.path("calls").asLong(),
        json.path("failed").asLong(),
        json.path("seconds").asDouble(),
        json.path("p50").asDouble(),
        json.path("p90").asDouble(),
        json.path("p99").asDouble(),
        json);
  }

  /** Calls per second that succeeded. */
  double rate() {
    return seconds > 0 ? (calls - failed) / seconds : 0;
  }
}
