/** Where functions run: what gateway-lite asks of a platform, and what the platform reports. */
@NullMarked
package io.directfaas.gateway.provider;

import org.jspecify.annotations.NullMarked;
