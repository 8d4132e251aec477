/**
 * What calls there are and have been: counted exactly, kept on disk, shown as OpenFaaS shows it.
 */
@NullMarked
package io.directfaas.gateway.load;

import org.jspecify.annotations.NullMarked;
