/** The Envoy beside each replica, and the one at the ingress. */
@NullMarked
package io.directfaas.standalone.node.sidecar;

import org.jspecify.annotations.NullMarked;
