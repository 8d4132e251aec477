package io.directfaas.graph.watch;

/**
 * Someone a revision was not waited for any longer.
 *
 * @param who a sidecar's or switch's id
 * @param why what is known of the reason, such as the text of a NACK
 */
public record Laggard(String who, String why) {}
