/** What a person sees: colours, tables, progress. */
@NullMarked
package io.directfaas.standalone.cli.term;

import org.jspecify.annotations.NullMarked;
