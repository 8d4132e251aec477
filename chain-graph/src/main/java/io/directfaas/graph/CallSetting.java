package io.directfaas.graph;

import java.time.Duration;
import java.util.List;

/**
 * What can be said of calls through a sidecar or the ingress. A function says it of all calls to
 * it, by the annotation {@code directfaas.io/<key>}, and of its own calls to others, by {@code
 * directfaas.io/calls-<key>}.
 */
public enum CallSetting {
  /** How long a call may take, in milliseconds; 0 for as long as it likes. */
  TIMEOUT("timeout", time("1ms", "24h", "none")),

  /** How often a failed call is tried again. */
  RETRIES("retries", new SettingRule.Count(0, 10, "")),

  /** Most calls under way at a time from one sidecar; 0 for no limit. */
  MAX_CONCURRENT_CALLS("max-concurrent-calls", new SettingRule.Count(1, 1_000_000, "none")),

  /** How many failures in a row shut a replica out; 0 for never. */
  OUTLIER_FAILURES("outlier-failures", new SettingRule.Count(1, 1000, "off")),

  /** How long it is shut out the first time, in milliseconds. */
  OUTLIER_EJECTION("outlier-ejection", time("1s", "1h", SettingRule.Time.NEVER)),

  /** How many of all replicas can be shut out at a time, in percent; never the only one. */
  OUTLIER_MAX_EJECTED("outlier-max-ejected", new SettingRule.Percentage(1, 99)),

  /** Which replica is next: a {@link Balancing}'s ordinal. */
  BALANCING("balancing", new SettingRule.OneOf(Balancing.WORDS)),

  /** Connections held for each one that is needed, in hundredths. */
  PRECONNECT("preconnect", new SettingRule.Ratio(100, 300)),

  /** How long an unused connection is kept, in milliseconds. */
  IDLE_CONNECTIONS("idle-connections", time("1s", "1h", SettingRule.Time.NEVER)),

  /** How long a connection is silent before its other end is probed, in milliseconds; 0: never. */
  TCP_KEEPALIVE("tcp-keepalive", time("1s", "2h", "off"));

  /** How the next replica is chosen. */
  public enum Balancing {
    /** Of two picked at random, the one with fewer calls under way. */
    LEAST_REQUEST,
    ROUND_ROBIN,
    RANDOM;

    private static final List<String> WORDS = List.of("least-request", "round-robin", "random");
  }

  private final String key;
  private final SettingRule rule;

  CallSetting(String key, SettingRule rule) {
    this.key = key;
    this.rule = rule;
  }

  private static SettingRule time(String least, String most, String off) {
    Duration shortest = GoDuration.parse(least);
    return new SettingRule.Time(shortest, GoDuration.parse(most), off);
  }

  /** Its name, without what all our annotations begin with. */
  public String key() {
    return key;
  }

  /** The annotation of the function that is called. */
  public String annotation() {
    return Annotations.PREFIX + key;
  }

  /** The annotation of the function that calls. */
  public String callerAnnotation() {
    return Annotations.CALLS + "-" + key;
  }

  /**
   * @throws IllegalArgumentException if it cannot be that; the message says what it can be
   */
  long parse(String text) {
    return rule.parse(text);
  }

  /** A value as it is written in the annotation. */
  public String print(long value) {
    return rule.print(value);
  }
}
