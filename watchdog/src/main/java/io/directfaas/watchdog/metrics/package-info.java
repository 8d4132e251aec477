/** What the watchdog counts, in Prometheus's text format. */
@NullMarked
package io.directfaas.watchdog.metrics;

import org.jspecify.annotations.NullMarked;
