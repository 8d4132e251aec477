/** What an operator sees: health, status, counters per edge and per reason of denial, over HTTP. */
@NullMarked
package io.directfaas.sdn.sight;

import org.jspecify.annotations.NullMarked;
