package io.directfaas.sdn.sync;

import java.time.Duration;

/**
 * @param auditInterval how often the switch is dumped and compared though nothing has changed
 * @param portWait how long a change waits for the ports of the replicas it brings
 * @param switchWait how long a change waits for a switch that is away before it is reported as
 *     failed
 * @param lostAfter after how long a switch of several that is away is no longer waited for by what
 *     is to be closed
 */
public record SyncConfig(
    Duration auditInterval, Duration portWait, Duration switchWait, Duration lostAfter) {
  public static SyncConfig defaults() {
    return new SyncConfig(
        Duration.ofSeconds(30),
        Duration.ofSeconds(2),
        Duration.ofSeconds(5),
        Duration.ofSeconds(60));
  }
}
