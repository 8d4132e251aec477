package io.directfaas.queue;

/**
 * How much the queue takes.
 *
 * @param body bytes of one call's body
 * @param calls that wait, of all functions
 * @param callsPerFunction that wait, of one
 * @param bytes of all bodies together
 * @param atOncePerFunction calls of one function that are made at a time
 */
record Bounds(int body, long calls, int callsPerFunction, long bytes, int atOncePerFunction) {
  static final Bounds DEFAULTS = new Bounds(1 << 20, 100_000, 10_000, 1L << 30, 32);
}
