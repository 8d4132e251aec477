/**
 * The xDS transport protocol as pure state machines, without gRPC: what a client asked for, what it
 * holds, what it refused, and what may be sent next. {@link
 * io.directfaas.xds.protocol.SotwSubscription} and {@link
 * io.directfaas.xds.protocol.DeltaSubscription} follow one type; {@link
 * io.directfaas.xds.protocol.AdsState} puts the types of one stream in order.
 *
 * @see <a href="https://www.envoyproxy.io/docs/envoy/latest/api-docs/xds_protocol">xDS REST and
 *     gRPC protocol</a>
 */
@NullMarked
package io.directfaas.xds.protocol;

import org.jspecify.annotations.NullMarked;
