@NullMarked
package io.directfaas.xds.identity;

import org.jspecify.annotations.NullMarked;
