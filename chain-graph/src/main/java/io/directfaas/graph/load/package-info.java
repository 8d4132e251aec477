/**
 * What is known of calls: counted where they happen, told to the owner of the graph. Counts are
 * exact and only grow; loads are of the moment.
 */
@NullMarked
package io.directfaas.graph.load;

import org.jspecify.annotations.NullMarked;
