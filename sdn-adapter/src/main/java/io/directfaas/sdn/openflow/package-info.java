/**
 * A session with one switch over OpenFlow 1.4: handshake, requests by transaction id, flow dumps
 * and atomic bundles. Knows nothing of the graph.
 *
 * <p>Only 1.4, because the codec (OpenFlowJ-Loxi 3.6.605) has no bundles in 1.3, and in 1.5 it can
 * neither send a bundle nor read the flow statistics of Open vSwitch.
 */
@NullMarked
package io.directfaas.sdn.openflow;

import org.jspecify.annotations.NullMarked;
