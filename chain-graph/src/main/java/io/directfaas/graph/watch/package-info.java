/**
 * How the graph's owner brings a revision to those who carry it out. The owner publishes through
 * {@link io.directfaas.graph.watch.GraphPublisher}; each service follows with a {@link
 * io.directfaas.graph.watch.GraphWatcher} that calls a {@link
 * io.directfaas.graph.watch.FabricSubscriber} or {@link io.directfaas.graph.watch.MeshSubscriber}.
 *
 * <p>A change goes PREPARE (fabric adds), GO (mesh pushes), RETIRE (fabric removes).
 */
@NullMarked
package io.directfaas.graph.watch;

import org.jspecify.annotations.NullMarked;
