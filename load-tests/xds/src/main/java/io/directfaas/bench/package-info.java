/** Benchmarks of xds-server: many clients on one server, and the cost of one change. */
@NullMarked
package io.directfaas.bench;

import org.jspecify.annotations.NullMarked;
