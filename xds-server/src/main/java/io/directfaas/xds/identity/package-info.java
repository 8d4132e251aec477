/** Who a client is, as its credentials prove: certificates, tokens, and what they are bound to. */
@NullMarked
package io.directfaas.xds.identity;

import org.jspecify.annotations.NullMarked;
