/** Starting and stopping the stack on this machine. */
@NullMarked
package io.directfaas.standalone.cli.lifecycle;

import org.jspecify.annotations.NullMarked;
