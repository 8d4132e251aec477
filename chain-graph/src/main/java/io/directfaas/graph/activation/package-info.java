/** How a call that meets a function without a replica has one started. No payload takes part. */
@NullMarked
package io.directfaas.graph.activation;

import org.jspecify.annotations.NullMarked;
