/** Real Envoy processes for tests. */
@NullMarked
package io.directfaas.xds.envoy;

import org.jspecify.annotations.NullMarked;
