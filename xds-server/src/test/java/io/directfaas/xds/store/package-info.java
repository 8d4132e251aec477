@NullMarked
package io.directfaas.xds.store;

import org.jspecify.annotations.NullMarked;
