@NullMarked
package io.directfaas.queue;

import org.jspecify.annotations.NullMarked;
