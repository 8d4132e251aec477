@NullMarked
package io.directfaas.xds.resources;

import org.jspecify.annotations.NullMarked;
