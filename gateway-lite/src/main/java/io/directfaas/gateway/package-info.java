/**
 * gateway-lite: the control API and the owner of the graph. Requests become validated changes
 * ({@code api}), changes become stored revisions ({@code owner}, {@code store}), revisions go to
 * those who carry them out ({@code watch}) and to the platform that runs functions ({@code
 * provider}).
 */
@NullMarked
package io.directfaas.gateway;

import org.jspecify.annotations.NullMarked;
