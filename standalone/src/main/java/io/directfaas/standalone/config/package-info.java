/**
 * What one stack on this machine is made of: its settings, and every name that follows from them.
 */
@NullMarked
package io.directfaas.standalone.config;

import org.jspecify.annotations.NullMarked;
