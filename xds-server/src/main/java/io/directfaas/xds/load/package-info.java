/**
 * What sidecars and other clients say of the calls they see: exact counts by OTLP, loads of the
 * moment by LRS. A workload is believed about the edges it calls over and nothing else.
 */
@NullMarked
package io.directfaas.xds.load;

import org.jspecify.annotations.NullMarked;
