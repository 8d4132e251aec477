/** One process per request: its environment, its input, its output, its end. */
@NullMarked
package io.directfaas.watchdog.fork;

import org.jspecify.annotations.NullMarked;
