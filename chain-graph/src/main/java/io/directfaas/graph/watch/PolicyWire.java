package io.directfaas.graph.watch;

import io.directfaas.graph.CallPolicy;
import io.directfaas.graph.CallSetting;
import io.directfaas.graph.v1.PolicySetting;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Between policies of calls and their messages. */
final class PolicyWire {
  private PolicyWire() {}

  static List<PolicySetting> toProto(CallPolicy policy) {
    return policy.settings().entrySet().stream()
        .map(
            entry ->
                PolicySetting.newBuilder()
                    .setKind(toProto(entry.getKey()))
                    .setValue(entry.getValue())
                    .build())
        .toList();
  }

  /**
   * @throws IllegalArgumentException if there is a setting that this version does not know
   */
  static CallPolicy fromProto(List<PolicySetting> proto) {
    if (proto.isEmpty()) {
      return CallPolicy.NONE;
    }
    Map<CallSetting, Long> settings = new EnumMap<>(CallSetting.class);
    for (PolicySetting setting : proto) {
      settings.put(fromProto(setting.getKind()), setting.getValue());
    }
    return new CallPolicy(settings);
  }

  private static PolicySetting.Kind toProto(CallSetting setting) {
    return switch (setting) {
      case TIMEOUT -> PolicySetting.Kind.TIMEOUT;
      case RETRIES -> PolicySetting.Kind.RETRIES;
      case MAX_CONCURRENT_CALLS -> PolicySetting.Kind.MAX_CONCURRENT_CALLS;
      case OUTLIER_FAILURES -> PolicySetting.Kind.OUTLIER_FAILURES;
      case OUTLIER_EJECTION -> PolicySetting.Kind.OUTLIER_EJECTION;
      case OUTLIER_MAX_EJECTED -> PolicySetting.Kind.OUTLIER_MAX_EJECTED;
      case BALANCING -> PolicySetting.Kind.BALANCING;
      case PRECONNECT -> PolicySetting.Kind.PRECONNECT;
      case IDLE_CONNECTIONS -> PolicySetting.Kind.IDLE_CONNECTIONS;
      case TCP_KEEPALIVE -> PolicySetting.Kind.TCP_KEEPALIVE;
    };
  }

  private static CallSetting fromProto(PolicySetting.Kind kind) {
    return switch (kind) {
      case TIMEOUT -> CallSetting.TIMEOUT;
      case RETRIES -> CallSetting.RETRIES;
      case MAX_CONCURRENT_CALLS -> CallSetting.MAX_CONCURRENT_CALLS;
      case OUTLIER_FAILURES -> CallSetting.OUTLIER_FAILURES;
      case OUTLIER_EJECTION -> CallSetting.OUTLIER_EJECTION;
      case OUTLIER_MAX_EJECTED -> CallSetting.OUTLIER_MAX_EJECTED;
      case BALANCING -> CallSetting.BALANCING;
      case PRECONNECT -> CallSetting.PRECONNECT;
      case IDLE_CONNECTIONS -> CallSetting.IDLE_CONNECTIONS;
      case TCP_KEEPALIVE -> CallSetting.TCP_KEEPALIVE;
      case KIND_UNSPECIFIED, UNRECOGNIZED ->
          throw new IllegalArgumentException("the owner of the graph sent an unknown call setting");
    };
  }
}
