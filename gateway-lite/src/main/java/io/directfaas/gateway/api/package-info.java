/** The REST API: the OpenFaaS contract, and the graph for people who ask what may call what. */
@NullMarked
package io.directfaas.gateway.api;

import org.jspecify.annotations.NullMarked;
