/**
 * Calls that were turned away because the graph has no edge for them: how the layers tell the
 * graph's owner, and how the owner remembers a bounded number of them.
 */
@NullMarked
package io.directfaas.graph.denied;

import org.jspecify.annotations.NullMarked;
