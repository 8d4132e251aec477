package io.directfaas.gateway.provider;

/**
 * What all replicas of a function use together at present.
 *
 * @param millicores processor time, in thousandths of a processor
 * @param memoryBytes memory, without what the system would give back at once
 */
public record Usage(double millicores, long memoryBytes) {}
