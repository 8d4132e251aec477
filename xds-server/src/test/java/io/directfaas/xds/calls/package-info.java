@NullMarked
package io.directfaas.xds.calls;

import org.jspecify.annotations.NullMarked;
