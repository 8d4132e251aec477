/** Would this call pass, asked of each layer in turn. */
@NullMarked
package io.directfaas.standalone.cli.why;

import org.jspecify.annotations.NullMarked;
