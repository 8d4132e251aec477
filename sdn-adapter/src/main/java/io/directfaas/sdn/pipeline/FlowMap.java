package io.directfaas.sdn.pipeline;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Flows by key; immutable. What is made out of another one by a small change costs what the change
 * holds and no copy of the rest: a few changes lie over a large map that many share. When they have
 * become too many, they are folded into a map of their own.
 */
public final class FlowMap extends AbstractMap<Flow.Key, Flow> {
  /** Of nothing. */
  public static final FlowMap EMPTY = new FlowMap(Map.of(), Map.of(), 0);

  /**
   * Copied with each change, so few; but each fold copies all the rest, so not too few. At 100 000
   * flows a fold takes some 10 ms, the copy of as many as this some 10 µs.
   */
  private static final int MOST_CHANGES = 1024;

  private final Map<Flow.Key, Flow> base;
  // Empty where a flow of the base is gone.
  private final Map<Flow.Key, Optional<Flow>> changes;
  private final int size;

  private FlowMap(Map<Flow.Key, Flow> base, Map<Flow.Key, Optional<Flow>> changes, int size) {
    this.base = base;
    this.changes = changes;
    this.size = size;
  }

  /**
   * @param flows must not be changed any more
   */
  static FlowMap of(Map<Flow.Key, Flow> flows) {
    return new FlowMap(flows, Map.of(), flows.size());
  }

  @Override
  public @Nullable Flow get(@Nullable Object key) {
    Optional<Flow> changed = changes.isEmpty() ? null : changes.get(key);
    return changed == null ? base.get(key) : changed.orElse(null);
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return get(key) != null;
  }

  @Override
  public int size() {
    return size;
  }

  @Override
  public Set<Entry<Flow.Key, Flow>> entrySet() {
    if (changes.isEmpty()) {
      return Collections.unmodifiableMap(base).entrySet();
    }
    return new AbstractSet<>() {
      @Override
      public Iterator<Entry<Flow.Key, Flow>> iterator() {
        return entries().iterator();
      }

      @Override
      public int size() {
        return size;
      }
    };
  }

  private Stream<Entry<Flow.Key, Flow>> entries() {
    return Stream.concat(
        base.entrySet().stream().filter(entry -> !changes.containsKey(entry.getKey())),
        changes.values().stream().flatMap(Optional::stream).map(f -> Map.entry(f.key(), f)));
  }

  /**
   * Without some and with others.
   *
   * @param gone a key that is also in {@code put} is not gone
   */
  FlowMap with(Set<Flow.Key> gone, Map<Flow.Key, Flow> put) {
    Map<Flow.Key, Optional<Flow>> different = new HashMap<>();
    int grown = size;
    for (Flow.Key key : gone) {
      if (!put.containsKey(key) && containsKey(key)) {
        different.put(key, Optional.empty());
        grown--;
      }
    }
    for (Flow flow : put.values()) {
      Flow before = get(flow.key());
      if (!flow.equals(before)) {
        different.put(flow.key(), Optional.of(flow));
        grown += before == null ? 1 : 0;
      }
    }
    if (different.isEmpty()) {
      return this;
    }
    if (changes.size() + different.size() > MOST_CHANGES) {
      return folded(different, grown);
    }
    Map<Flow.Key, Optional<Flow>> all = new HashMap<>(changes);
    all.putAll(different);
    return new FlowMap(base, all, grown);
  }

  /** Without any gone, and with some put. */
  public FlowMap with(Map<Flow.Key, Flow> put) {
    return with(Set.of(), put);
  }

  /** Without any gone, and with all of another one. */
  public FlowMap with(FlowMap other) {
    if (isEmpty() || other == this) {
      return other;
    }
    Map<Flow.Key, Flow> put = new HashMap<>();
    for (Flow.Key key : mayDiffer(other)) {
      Flow flow = other.get(key);
      if (flow != null) {
        put.put(key, flow);
      }
    }
    return with(put);
  }

  private FlowMap folded(Map<Flow.Key, Optional<Flow>> different, int grown) {
    Map<Flow.Key, Flow> all = HashMap.newHashMap(grown);
    entries().forEach(entry -> all.put(entry.getKey(), entry.getValue()));
    different.forEach(
        (key, flow) -> flow.ifPresentOrElse(f -> all.put(key, f), () -> all.remove(key)));
    return of(all);
  }

  /**
   * Every key under which this and another one have different flows, and perhaps some more. Costs
   * what the changes hold where both have come out of the same one.
   */
  public Set<Flow.Key> mayDiffer(FlowMap other) {
    if (other == this) {
      return Set.of();
    }
    Set<Flow.Key> keys = new HashSet<>();
    keys.addAll(base == other.base ? changes.keySet() : keySet());
    keys.addAll(base == other.base ? other.changes.keySet() : other.keySet());
    return keys;
  }
}
