/**
 * Calls by name: the resolver of each replica, what its names lead to, and the part of its packet
 * filter that follows from that.
 */
@NullMarked
package io.directfaas.standalone.node.names;

import org.jspecify.annotations.NullMarked;
