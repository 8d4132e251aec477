/** The guided tour, in which everything shown is also checked. */
@NullMarked
package io.directfaas.standalone.cli.demo;

import org.jspecify.annotations.NullMarked;
