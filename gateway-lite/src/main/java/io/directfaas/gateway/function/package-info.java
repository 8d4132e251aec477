/** What a user deploys: the OpenFaaS function deployment as a value. */
@NullMarked
package io.directfaas.gateway.function;

import org.jspecify.annotations.NullMarked;
