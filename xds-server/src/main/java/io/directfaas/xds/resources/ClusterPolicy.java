package io.directfaas.xds.resources;

import com.google.protobuf.DoubleValue;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.util.Durations;
import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.CallSetting;
import io.directfaas.graph.CallSetting.Balancing;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.OutlierDetection;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.TcpKeepalive;
import io.envoyproxy.envoy.type.v3.Percent;
import java.util.Optional;

/** What a policy makes of the cluster through which calls are made. */
final class ClusterPolicy {
  /** Envoy's default of 1024 would refuse calls; limits are who sets them's. */
  private static final long UNLIMITED = 1 << 20;

  private static final long FAILURES = 5;
  private static final long EJECTION_MILLIS = 30_000;
  private static final long MAX_EJECTED_PERCENT = 50;

  /** How often Envoy looks whether a replica's time is over. */
  private static final long LONGEST_INTERVAL_MILLIS = 10_000;

  private static final long KEEPALIVE_MILLIS = 60_000;
  private static final int KEEPALIVE_PROBES = 4;
  private static final int KEEPALIVE_INTERVAL_SECONDS = 15;

  private final CallPolicy policy;

  ClusterPolicy(CallPolicy policy) {
    this.policy = policy;
  }

  /** How long unused connections are kept, if somebody has said it. */
  Optional<Duration> idle() {
    return policy.get(CallSetting.IDLE_CONNECTIONS).stream()
        .mapToObj(Durations::fromMillis)
        .findFirst();
  }

  void applyTo(Cluster.Builder cluster) {
    cluster.setLbPolicy(balancing()).setCircuitBreakers(limits());
    long failures = policy.get(CallSetting.OUTLIER_FAILURES).orElse(FAILURES);
    if (failures > 0) {
      cluster.setOutlierDetection(outliers(failures));
      long ejected = maxEjected();
      if (ejected > MAX_EJECTED_PERCENT) {
        // By default Envoy calls everybody again as soon as less than half are left. All of them
        // being shut out, because the good ones have left, is still reason to.
        cluster.setCommonLbConfig(
            Cluster.CommonLbConfig.newBuilder()
                .setHealthyPanicThreshold(Percent.newBuilder().setValue(1)));
      }
    }
    policy
        .get(CallSetting.PRECONNECT)
        .ifPresent(
            hundredths ->
                cluster.setPreconnectPolicy(
                    Cluster.PreconnectPolicy.newBuilder()
                        .setPerUpstreamPreconnectRatio(DoubleValue.of(hundredths / 100.0))));
    long silence = policy.get(CallSetting.TCP_KEEPALIVE).orElse(KEEPALIVE_MILLIS);
    if (silence > 0) {
      cluster.setUpstreamConnectionOptions(
          UpstreamConnectionOptions.newBuilder().setTcpKeepalive(keepalive(silence)));
    }
  }

  private Cluster.LbPolicy balancing() {
    Balancing balancing = Balancing.values()[(int) policy.get(CallSetting.BALANCING).orElse(0)];
    return switch (balancing) {
      case LEAST_REQUEST -> Cluster.LbPolicy.LEAST_REQUEST;
      case ROUND_ROBIN -> Cluster.LbPolicy.ROUND_ROBIN;
      case RANDOM -> Cluster.LbPolicy.RANDOM;
    };
  }

  private CircuitBreakers limits() {
    long most = policy.get(CallSetting.MAX_CONCURRENT_CALLS).orElse(0);
    return most > 0 ? limits(most) : unlimited();
  }

  static CircuitBreakers unlimited() {
    return limits(UNLIMITED);
  }

  private static CircuitBreakers limits(long calls) {
    UInt32Value most = UInt32Value.of((int) calls);
    UInt32Value unlimited = UInt32Value.of((int) UNLIMITED);
    return CircuitBreakers.newBuilder()
        .addThresholds(
            CircuitBreakers.Thresholds.newBuilder()
                .setMaxConnections(unlimited)
                .setMaxPendingRequests(most)
                .setMaxRequests(most)
                .setMaxRetries(unlimited))
        .build();
  }

  private long maxEjected() {
    return policy.get(CallSetting.OUTLIER_MAX_EJECTED).orElse(MAX_EJECTED_PERCENT);
  }

  /**
   * Failures are answers 502, 503 and 504, refused and broken connections, and timeouts: not a
   * function's own 500. Never the only replica: it would be more than any percentage that can be
   * set.
   */
  private OutlierDetection outliers(long failures) {
    long ejection = policy.get(CallSetting.OUTLIER_EJECTION).orElse(EJECTION_MILLIS);
    return OutlierDetection.newBuilder()
        .setConsecutiveGatewayFailure(UInt32Value.of((int) failures))
        .setEnforcingConsecutiveGatewayFailure(UInt32Value.of(100))
        .setEnforcingConsecutive5Xx(UInt32Value.of(0))
        .setEnforcingSuccessRate(UInt32Value.of(0))
        .setInterval(Durations.fromMillis(Math.min(ejection, LONGEST_INTERVAL_MILLIS)))
        .setBaseEjectionTime(Durations.fromMillis(ejection))
        .setMaxEjectionPercent(UInt32Value.of((int) maxEjected()))
        .build();
  }

  private static TcpKeepalive keepalive(long silenceMillis) {
    return TcpKeepalive.newBuilder()
        .setKeepaliveTime(UInt32Value.of((int) Math.max(1, silenceMillis / 1000)))
        .setKeepaliveInterval(UInt32Value.of(KEEPALIVE_INTERVAL_SECONDS))
        .setKeepaliveProbes(UInt32Value.of(KEEPALIVE_PROBES))
        .build();
  }
}
