/** The network of one replica: namespace, addresses, filter, and its port on the switch. */
@NullMarked
package io.directfaas.standalone.node.net;

import org.jspecify.annotations.NullMarked;
