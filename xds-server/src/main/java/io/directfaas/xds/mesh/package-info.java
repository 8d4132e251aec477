/** Follows the graph: each revision becomes a store, and is pushed to the sidecars it concerns. */
@NullMarked
package io.directfaas.xds.mesh;

import org.jspecify.annotations.NullMarked;
