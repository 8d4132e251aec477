@NullMarked
package io.directfaas.xds.stream;

import org.jspecify.annotations.NullMarked;
