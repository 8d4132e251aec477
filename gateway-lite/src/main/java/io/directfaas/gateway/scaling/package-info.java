/** Follows the load with the number of replicas. */
@NullMarked
package io.directfaas.gateway.scaling;

import org.jspecify.annotations.NullMarked;
