/**
 * Identities: a certificate authority and the short-lived X.509-SVIDs it issues. Knows nothing of
 * Envoy.
 */
@NullMarked
package io.directfaas.xds.ca;

import org.jspecify.annotations.NullMarked;
