/** From a stack.yml to deployed functions. */
@NullMarked
package io.directfaas.standalone.cli.deploy;

import org.jspecify.annotations.NullMarked;
