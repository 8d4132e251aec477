/**
 * A small HTTP/1.1 server (RFC 9112): one virtual thread per connection.
 *
 * <p>Why not {@code com.sun.net.httpserver}: it reads nothing from a connection while a handler
 * runs, so it cannot tell that a client has gone and its process may be stopped; and it closes idle
 * connections after 30 s, which is shorter than a proxy keeps them pooled, so that a proxy's POST
 * now and then meets a connection that is just being closed. Here an idle connection is the
 * client's to close.
 */
@NullMarked
package io.directfaas.watchdog.http;

import org.jspecify.annotations.NullMarked;
