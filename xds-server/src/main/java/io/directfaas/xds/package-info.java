/**
 * The xDS control plane: follows the graph, makes Envoy resources of it, serves them over ADS. What
 * others need is here; each step has a package of its own: {@code mesh} (graph in), {@code store},
 * {@code resources}, {@code protocol}, {@code stream} (responses out), {@code status}.
 */
@NullMarked
package io.directfaas.xds;

import org.jspecify.annotations.NullMarked;
