package io.directfaas.sdn.openflow;

import java.time.Duration;

/**
 * @param handshakeTimeout for connect, hello and features together
 * @param requestTimeout for the answer to one request
 * @param echoInterval how often the switch is asked for a sign of life
 * @param silenceLimit after how long without any message the session is given up
 */
public record SessionConfig(
    Duration handshakeTimeout,
    Duration requestTimeout,
    Duration echoInterval,
    Duration silenceLimit) {
  public static SessionConfig defaults() {
    return new SessionConfig(
        Duration.ofSeconds(5),
        Duration.ofSeconds(10),
        Duration.ofSeconds(5),
        Duration.ofSeconds(20));
  }
}
