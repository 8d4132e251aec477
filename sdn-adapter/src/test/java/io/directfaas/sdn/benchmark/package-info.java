/** Measurements, run on demand. */
@NullMarked
package io.directfaas.sdn.benchmark;

import org.jspecify.annotations.NullMarked;
