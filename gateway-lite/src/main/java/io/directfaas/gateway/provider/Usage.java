package io.directfaas.gateway.provider;

import java.util.OptionalDouble;

/**
 * What all replicas of a function use together at present.
 *
 * @param millicores processor time, in thousandths of a processor
 * @param workMillicores the part of it that replicas spent while they were ready: what a start
 *     takes is no load, and would be answered with further starts. Empty while none is ready
 * @param memoryBytes memory, without what the system would give back at once
 */
public record Usage(double millicores, OptionalDouble workMillicores, long memoryBytes) {}
