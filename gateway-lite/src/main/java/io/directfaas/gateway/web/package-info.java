/** The HTTP server around the API: connectors, authentication, errors, counters. */
@NullMarked
package io.directfaas.gateway.web;

import org.jspecify.annotations.NullMarked;
