@NullMarked
package io.directfaas.xds.protocol;

import org.jspecify.annotations.NullMarked;
