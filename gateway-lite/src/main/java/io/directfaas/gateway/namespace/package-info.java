/** Namespaces, the tenants of the graph, as users declare them. */
@NullMarked
package io.directfaas.gateway.namespace;

import org.jspecify.annotations.NullMarked;
