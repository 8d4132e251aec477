package io.directfaas.graph;

import java.util.Collections;
import java.util.EnumMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Collectors;

/**
 * How calls are made, as far as somebody has said so; the rest is as it is by default.
 *
 * @param settings each in the unit that {@link CallSetting} gives it, in that order
 */
public record CallPolicy(Map<CallSetting, Long> settings) {
  /** Nothing said. */
  public static final CallPolicy NONE = new CallPolicy(Map.of());

  public CallPolicy {
    EnumMap<CallSetting, Long> copy = new EnumMap<>(CallSetting.class);
    copy.putAll(settings);
    settings = Collections.unmodifiableMap(copy);
  }

  public static CallPolicy of(CallSetting setting, long value) {
    return new CallPolicy(Map.of(setting, value));
  }

  /**
   * What holds for the calls over an edge: what its caller says goes before what its callee says.
   */
  public static CallPolicy inForce(Graph graph, Edge edge) {
    CallPolicy callee = graph.function(edge.callee()).map(Function::policy).orElse(NONE);
    return edge.policy().over(callee);
  }

  public boolean isEmpty() {
    return settings.isEmpty();
  }

  /** What is said of this, or empty where nothing is. */
  public OptionalLong get(CallSetting setting) {
    Long value = settings.get(setting);
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  public CallPolicy with(CallSetting setting, long value) {
    EnumMap<CallSetting, Long> copy = new EnumMap<>(CallSetting.class);
    copy.putAll(settings);
    copy.put(setting, value);
    return new CallPolicy(copy);
  }

  /**
   * This one where it says something, else the other. Of two limits on concurrent calls the lower
   * one counts: a function that limits its callers is not overruled by them.
   */
  public CallPolicy over(CallPolicy other) {
    if (other.isEmpty() || isEmpty()) {
      return isEmpty() ? other : this;
    }
    EnumMap<CallSetting, Long> both = new EnumMap<>(CallSetting.class);
    both.putAll(other.settings);
    both.putAll(settings);
    Long own = settings.get(CallSetting.MAX_CONCURRENT_CALLS);
    Long theirs = other.settings.get(CallSetting.MAX_CONCURRENT_CALLS);
    if (own != null && theirs != null && theirs != SettingRule.OFF) {
      both.put(
          CallSetting.MAX_CONCURRENT_CALLS,
          own == SettingRule.OFF ? theirs : Long.valueOf(Math.min(own, theirs)));
    }
    return new CallPolicy(both);
  }

  /** As {@code timeout=5s, retries=2}. */
  @Override
  public String toString() {
    return settings.entrySet().stream()
        .map(entry -> entry.getKey().key() + "=" + entry.getKey().print(entry.getValue()))
        .collect(Collectors.joining(", "));
  }
}
