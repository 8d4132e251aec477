/** ADS over gRPC: streams, who is on them, the sockets they come by. */
@NullMarked
package io.directfaas.xds.stream;

import org.jspecify.annotations.NullMarked;
