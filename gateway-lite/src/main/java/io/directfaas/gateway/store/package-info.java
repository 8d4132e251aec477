/** What survives a kill: one SQLite database, one transaction per change. */
@NullMarked
package io.directfaas.gateway.store;

import org.jspecify.annotations.NullMarked;
