/**
 * Asynchronous calls. A process of its own, because their bodies must be kept and must not enter
 * the control process. A call comes in by a unix socket from the caller's Envoy ({@link
 * io.directfaas.queue.AcceptServlet}), is on disk before it is answered ({@link
 * io.directfaas.queue.CallQueue}), and goes to its function through the ingress ({@link
 * io.directfaas.queue.Dispatcher}), at least once.
 */
@NullMarked
package io.directfaas.queue;

import org.jspecify.annotations.NullMarked;
