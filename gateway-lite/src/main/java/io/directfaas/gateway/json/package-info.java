/** Reading JSON that strangers sent: wrong types become violations that name the field. */
@NullMarked
package io.directfaas.gateway.json;

import org.jspecify.annotations.NullMarked;
