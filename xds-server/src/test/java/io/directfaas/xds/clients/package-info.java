@NullMarked
package io.directfaas.xds.clients;

import org.jspecify.annotations.NullMarked;
