@NullMarked
package io.directfaas.gateway;

import org.jspecify.annotations.NullMarked;
