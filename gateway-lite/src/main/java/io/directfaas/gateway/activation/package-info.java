/** Starts functions that calls wait for. */
@NullMarked
package io.directfaas.gateway.activation;

import org.jspecify.annotations.NullMarked;
