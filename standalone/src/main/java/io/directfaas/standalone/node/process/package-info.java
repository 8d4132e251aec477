/** Processes that outlive this JVM: started apart from it, found again by its successor. */
@NullMarked
package io.directfaas.standalone.node.process;

import org.jspecify.annotations.NullMarked;
