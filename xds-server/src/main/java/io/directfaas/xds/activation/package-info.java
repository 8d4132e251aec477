/** Holds calls that meet a function without a replica until it has one. */
@NullMarked
package io.directfaas.xds.activation;

import org.jspecify.annotations.NullMarked;
