/**
 * All resources of all functions at one revision, as a persistent value, and its increments: a
 * change of the graph costs what it touches. Knows nothing of Envoy; a {@link
 * io.directfaas.xds.store.ResourceFactory} makes the resources.
 */
@NullMarked
package io.directfaas.xds.store;

import org.jspecify.annotations.NullMarked;
