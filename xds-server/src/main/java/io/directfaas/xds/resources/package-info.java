/** Graph to Envoy resources: pure functions, deterministic to the byte. */
@NullMarked
package io.directfaas.xds.resources;

import org.jspecify.annotations.NullMarked;
