/** What runs a function: the command of its image, its sandbox, its files. */
@NullMarked
package io.directfaas.standalone.node.function;

import org.jspecify.annotations.NullMarked;
