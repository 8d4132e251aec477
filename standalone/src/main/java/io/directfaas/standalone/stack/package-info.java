/**
 * The stack as one process: the three services as three application contexts, and the local node,
 * joined here and nowhere else.
 */
@NullMarked
package io.directfaas.standalone.stack;

import org.jspecify.annotations.NullMarked;
