/** The stack's own interfaces, seen from the command line. */
@NullMarked
package io.directfaas.standalone.cli.client;

import org.jspecify.annotations.NullMarked;
