/**
 * The graph as flow entries. Pure: the same graph and ports always give the same flows, and nothing
 * is read or written.
 *
 * <p>Read {@link io.directfaas.sdn.pipeline.Pipeline} first: it shows the tables whole. Each
 * concern has a file of its own that contributes its flows to them.
 */
@NullMarked
package io.directfaas.sdn.pipeline;

import org.jspecify.annotations.NullMarked;
