/** How a client finds this control plane. */
@NullMarked
package io.directfaas.xds.bootstrap;

import org.jspecify.annotations.NullMarked;
