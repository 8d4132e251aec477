package io.directfaas.graph.load;

import io.directfaas.graph.Edge;

/**
 * The load of one edge at this moment, all replicas of the caller together.
 *
 * @param edge from whom to whom
 * @param callsPerSecond calls begun per second
 * @param failuresPerSecond calls ended per second with a status of 500 or more, or with none
 * @param inFlight calls under way
 */
public record EdgeLoad(
    Edge.Key edge, double callsPerSecond, double failuresPerSecond, long inFlight) {}
