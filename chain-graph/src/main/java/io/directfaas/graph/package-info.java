/**
 * The domain: tenants, functions, replicas and edges at a revision. Everything here is immutable; a
 * change is a {@link io.directfaas.graph.GraphDelta} that turns the graph of one revision into that
 * of a later one.
 */
@NullMarked
package io.directfaas.graph;

import org.jspecify.annotations.NullMarked;
