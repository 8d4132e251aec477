/** A private Open vSwitch, graphs to try, and the adapter's parts put together without Spring. */
@NullMarked
package io.directfaas.sdn.testing;

import org.jspecify.annotations.NullMarked;
