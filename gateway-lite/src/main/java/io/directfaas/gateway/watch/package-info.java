/** Serves the graph to those who carry it out. */
@NullMarked
package io.directfaas.gateway.watch;

import org.jspecify.annotations.NullMarked;
