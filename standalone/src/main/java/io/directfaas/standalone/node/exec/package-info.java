/** Running the machine's tools, such as ip, nft and ovs-vsctl. */
@NullMarked
package io.directfaas.standalone.node.exec;

import org.jspecify.annotations.NullMarked;
