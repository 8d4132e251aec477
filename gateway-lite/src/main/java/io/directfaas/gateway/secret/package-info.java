/** Secrets of namespaces: written by users, read by providers, never shown again. */
@NullMarked
package io.directfaas.gateway.secret;

import org.jspecify.annotations.NullMarked;
