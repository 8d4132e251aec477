/**
 * The watchdog for classic functions: an HTTP server that starts the function's command once per
 * request, feeds it the body on stdin and answers with its stdout.
 *
 * <p>What it promises (environment, paths, status codes, log lines) is the contract of OpenFaaS's
 * classic watchdog, so that a function written for that one runs here unchanged.
 */
@NullMarked
package io.directfaas.watchdog;

import org.jspecify.annotations.NullMarked;
