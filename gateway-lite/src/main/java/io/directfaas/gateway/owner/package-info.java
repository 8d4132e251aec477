/** The owner of the graph: the single writer that turns requests and reports into revisions. */
@NullMarked
package io.directfaas.gateway.owner;

import org.jspecify.annotations.NullMarked;
