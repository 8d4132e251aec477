/** Which replica is plugged into which port, followed in Open vSwitch's own database (RFC 7047). */
@NullMarked
package io.directfaas.sdn.ovsdb;

import org.jspecify.annotations.NullMarked;
