/** What functions write: their log files, read by place and by time. */
@NullMarked
package io.directfaas.standalone.node.logs;

import org.jspecify.annotations.NullMarked;
