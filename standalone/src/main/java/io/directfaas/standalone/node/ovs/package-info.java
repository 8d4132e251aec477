/** An Open vSwitch of our own, in a namespace of its own, so that the host's is never touched. */
@NullMarked
package io.directfaas.standalone.node.ovs;

import org.jspecify.annotations.NullMarked;
