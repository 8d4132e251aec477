/** The whole stack as a user runs it: through the command line, in a process of its own. */
@NullMarked
package io.directfaas.standalone.e2e;

import org.jspecify.annotations.NullMarked;
