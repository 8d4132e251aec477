/**
 * The local node: runs functions as processes of this machine, each replica in a network namespace
 * of its own.
 */
@NullMarked
package io.directfaas.standalone.node;

import org.jspecify.annotations.NullMarked;
