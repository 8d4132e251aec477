/** One picture of the whole stack, put together from what each component says of itself. */
@NullMarked
package io.directfaas.standalone.cli.status;

import org.jspecify.annotations.NullMarked;
