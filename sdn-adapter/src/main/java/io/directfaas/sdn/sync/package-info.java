/**
 * Brings the switch to what the retained graphs want: dump, difference, one atomic bundle, barrier.
 */
@NullMarked
package io.directfaas.sdn.sync;

import org.jspecify.annotations.NullMarked;
