/**
 * The sdn-adapter: the graph of function calls as flows of Open vSwitch, so that exactly the edges
 * of the graph can carry a packet. A change walks {@code graph watch -> sync -> pipeline -> sync ->
 * openflow}; {@code ovsdb} says where the replicas are plugged in, {@code sight} shows what
 * happens.
 */
@NullMarked
package io.directfaas.sdn;

import org.jspecify.annotations.NullMarked;
