@NullMarked
package io.directfaas.xds.ca;

import org.jspecify.annotations.NullMarked;
