@NullMarked
package io.directfaas.xds.http;

import org.jspecify.annotations.NullMarked;
