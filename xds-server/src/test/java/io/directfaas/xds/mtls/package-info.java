@NullMarked
package io.directfaas.xds.mtls;

import org.jspecify.annotations.NullMarked;
