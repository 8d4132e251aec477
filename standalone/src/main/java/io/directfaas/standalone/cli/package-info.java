/** The command line: what {@code ./directfaas} runs once the launcher has found a JDK. */
@NullMarked
package io.directfaas.standalone.cli;

import org.jspecify.annotations.NullMarked;
