package io.directfaas.gateway.load;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToLongFunction;

/**
 * All calls, by function. Each source says how many it has seen since it began; its newest word
 * counts. The words of sources that are gone are added up: memory is bounded by the functions and
 * the sources there are.
 *
 * <p>A source's counts never fall. Where they do, its counters began anew, and what they were is
 * kept. Not for several threads.
 */
final class CallLedger {
  /** For sources that are added up but may still have a last word to say. */
  private static final int MOST_REMEMBERED = 4096;

  private final Map<FunctionRef, FunctionCalls> settled = new HashMap<>();
  private final Map<FunctionRef, Map<Source, FunctionCalls>> open = new HashMap<>();
  private final Map<Source, Long> heardAt = new HashMap<>();
  private final Map<Source, List<FunctionCalls>> remembered = new LinkedHashMap<>();

  // What the store does not know yet.
  private final Map<Source, Set<FunctionRef>> dirty = new HashMap<>();
  private final Set<FunctionRef> dirtySettled = new HashSet<>();
  private final Set<Source> removed = new HashSet<>();

  /**
   * What to store.
   *
   * @param open calls of sources, by source; replaces what is stored of these functions
   * @param settled calls of sources that are gone; none at all where the function is forgotten
   * @param removed sources that are gone
   */
  record Changes(
      Map<Source, List<FunctionCalls>> open, List<FunctionCalls> settled, Set<Source> removed) {
    boolean isEmpty() {
      return open.isEmpty() && settled.isEmpty() && removed.isEmpty();
    }
  }

  /** As stored in an earlier life. */
  void restore(Map<Source, List<FunctionCalls>> sources, List<FunctionCalls> sums, long now) {
    sums.forEach(calls -> settled.put(calls.function(), calls));
    sources.forEach(
        (source, functions) -> {
          heardAt.put(source, now);
          functions.forEach(calls -> openOf(calls.function()).put(source, calls));
        });
  }

  void take(SourceCalls said, long now) {
    Source source = said.source();
    List<FunctionCalls> given = remembered.remove(source);
    if (given != null) {
      // It was taken for gone.
      given.forEach(calls -> reopen(source, calls));
    }
    heardAt.put(source, now);
    for (FunctionCalls calls : said.functions()) {
      Map<Source, FunctionCalls> bySource = openOf(calls.function());
      FunctionCalls before = bySource.getOrDefault(source, FunctionCalls.none(calls.function()));
      FunctionCalls after = merge(before, calls);
      if (!after.equals(before)) {
        bySource.put(source, after);
        dirty.computeIfAbsent(source, s -> new HashSet<>()).add(calls.function());
      }
    }
  }

  /** The newer word, and what the older one has beyond it. */
  private FunctionCalls merge(FunctionCalls before, FunctionCalls said) {
    Map<Integer, EndedCalls> byCode = new TreeMap<>();
    before.ended().forEach(calls -> byCode.put(calls.code(), calls));
    for (EndedCalls calls : said.ended()) {
      EndedCalls old = byCode.put(calls.code(), calls);
      if (old != null && calls.count() < old.count()) {
        settle(new FunctionCalls(said.function(), 0, List.of(old)));
      }
    }
    if (said.started() < before.started()) {
      settle(new FunctionCalls(said.function(), before.started(), List.of()));
    }
    return new FunctionCalls(said.function(), said.started(), new ArrayList<>(byCode.values()));
  }

  private void settle(FunctionCalls calls) {
    settled.merge(calls.function(), calls, FunctionCalls::plus);
    dirtySettled.add(calls.function());
  }

  private void reopen(Source source, FunctionCalls calls) {
    FunctionCalls sum =
        settled.getOrDefault(calls.function(), FunctionCalls.none(calls.function()));
    settled.put(calls.function(), minus(sum, calls));
    dirtySettled.add(calls.function());
    openOf(calls.function()).put(source, calls);
    dirty.computeIfAbsent(source, s -> new HashSet<>()).add(calls.function());
    removed.remove(source);
  }

  private static FunctionCalls minus(FunctionCalls sum, FunctionCalls part) {
    List<EndedCalls> negative = new ArrayList<>();
    for (EndedCalls calls : part.ended()) {
      negative.add(
          new EndedCalls(
              calls.code(),
              -calls.count(),
              -calls.seconds(),
              calls.buckets().stream().map(bucket -> -bucket).toList()));
    }
    return sum.plus(new FunctionCalls(sum.function(), -part.started(), negative));
  }

  /**
   * Adds up the sources that are gone and forgets functions that are.
   *
   * @param isGone of a replica's id
   * @param isDeployed of a function
   * @param heardBefore only sources that have been silent since then are taken for gone
   */
  void sweep(Predicate<String> isGone, Predicate<FunctionRef> isDeployed, long heardBefore) {
    Map.copyOf(heardAt)
        .forEach(
            (source, at) -> {
              boolean silent = at - heardBefore < 0;
              if (silent && (isGone.test(source.replica()) || hasNewerLife(source, at))) {
                close(source);
              }
            });
    for (FunctionRef function : List.copyOf(settled.keySet())) {
      if (!isDeployed.test(function) && !open.containsKey(function)) {
        settled.remove(function);
        dirtySettled.add(function);
      }
    }
  }

  private boolean hasNewerLife(Source source, long at) {
    return heardAt.entrySet().stream()
        .anyMatch(
            other ->
                other.getKey().replica().equals(source.replica())
                    && kind(other.getKey()).equals(kind(source))
                    && other.getValue() - at > 0);
  }

  /** Several processes of one replica may see calls; a life of one does not end another's. */
  private static String kind(Source source) {
    return source.life().startsWith(Source.WATCHDOG) ? Source.WATCHDOG : "";
  }

  private void close(Source source) {
    List<FunctionCalls> calls = new ArrayList<>();
    for (Map<Source, FunctionCalls> bySource : List.copyOf(open.values())) {
      FunctionCalls last = bySource.remove(source);
      if (last != null) {
        calls.add(last);
        settle(last);
      }
    }
    open.values().removeIf(Map::isEmpty);
    heardAt.remove(source);
    dirty.remove(source);
    removed.add(source);
    remembered.put(source, calls);
    if (remembered.size() > MOST_REMEMBERED) {
      remembered.remove(remembered.keySet().iterator().next());
    }
  }

  /** What changed since the last call. */
  Changes changes() {
    Map<Source, List<FunctionCalls>> sources = new HashMap<>();
    dirty.forEach(
        (source, functions) ->
            sources.put(
                source, functions.stream().map(function -> openOf(function).get(source)).toList()));
    List<FunctionCalls> sums =
        dirtySettled.stream()
            .map(function -> settled.getOrDefault(function, FunctionCalls.none(function)))
            .toList();
    Changes changes = new Changes(sources, sums, Set.copyOf(removed));
    dirty.clear();
    dirtySettled.clear();
    removed.clear();
    return changes;
  }

  /** What could not be stored is to be stored again. */
  void notStored(Changes changes) {
    changes
        .open()
        .forEach(
            (source, functions) -> {
              if (heardAt.containsKey(source)) {
                functions.forEach(
                    calls ->
                        dirty.computeIfAbsent(source, s -> new HashSet<>()).add(calls.function()));
              }
            });
    changes.settled().forEach(calls -> dirtySettled.add(calls.function()));
    changes.removed().stream().filter(source -> !heardAt.containsKey(source)).forEach(removed::add);
  }

  FunctionCalls total(FunctionRef function) {
    FunctionCalls sum = settled.getOrDefault(function, FunctionCalls.none(function));
    for (FunctionCalls calls : open.getOrDefault(function, Map.of()).values()) {
      sum = sum.plus(calls);
    }
    return sum;
  }

  /** How many calls of the function ended: {@code total(function).completed()}, but cheap. */
  long completed(FunctionRef function) {
    return sum(function, FunctionCalls::completed);
  }

  /** How many calls of the function began: {@code total(function).started()}, but cheap. */
  long started(FunctionRef function) {
    return sum(function, FunctionCalls::started);
  }

  private long sum(FunctionRef function, ToLongFunction<FunctionCalls> count) {
    FunctionCalls past = settled.get(function);
    long sum = past == null ? 0 : count.applyAsLong(past);
    for (FunctionCalls calls : open.getOrDefault(function, Map.of()).values()) {
      sum += count.applyAsLong(calls);
    }
    return sum;
  }

  /** How many calls of the function are under way, as far as the present sources know. */
  long inFlight(FunctionRef function) {
    return open.getOrDefault(function, Map.of()).values().stream()
        .mapToLong(FunctionCalls::inFlight)
        .sum();
  }

  private Map<Source, FunctionCalls> openOf(FunctionRef function) {
    return open.computeIfAbsent(function, f -> new HashMap<>());
  }
}
