/** Load tests: the ways to call, side by side on one machine, and the report of what they cost. */
@NullMarked
package io.directfaas.standalone.cli.loadtest;

import org.jspecify.annotations.NullMarked;
