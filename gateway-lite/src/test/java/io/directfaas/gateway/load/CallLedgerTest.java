package io.directfaas.gateway.load;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallLedgerTest {
  private static final FunctionRef B = new FunctionRef("acme", "b");
  private static final Source A1 = new Source("a1", "first");

  private final CallLedger ledger = new CallLedger();

  private static EndedCalls ended(int code, long count) {
    List<Long> buckets = new ArrayList<>(Collections.nCopies(EndedCalls.BOUNDS.size() + 1, 0L));
    buckets.set(0, count);
    return new EndedCalls(code, count, count, buckets);
  }

  private static SourceCalls said(Source source, long started, EndedCalls... ended) {
    return new SourceCalls(source, List.of(new FunctionCalls(B, started, List.of(ended))));
  }

  private Map<Integer, Long> codes() {
    Map<Integer, Long> codes = new TreeMap<>();
    ledger.total(B).ended().forEach(calls -> codes.put(calls.code(), calls.count()));
    return codes;
  }

  @Test
  void theNewestWordOfEachSourceCounts() {
    ledger.take(said(A1, 5, ended(200, 3)), 0);
    ledger.take(said(A1, 5, ended(200, 3)), 1);
    ledger.take(said(A1, 9, ended(200, 5), ended(500, 2)), 2);
    ledger.take(said(new Source("a2", "x"), 1, ended(200, 1)), 2);

    assertThat(codes()).isEqualTo(Map.of(200, 6L, 500, 2L));
    assertThat(ledger.total(B).started()).isEqualTo(10);
    assertThat(ledger.inFlight(B)).isEqualTo(2);
  }

  @Test
  void anotherLifeOfASourceCountsFromZero() {
    ledger.take(said(A1, 5, ended(200, 5)), 0);
    ledger.take(said(new Source("a1", "second"), 7, ended(200, 7)), 1);
    ledger.sweep(replica -> false, function -> true, 1);

    assertThat(codes()).isEqualTo(Map.of(200, 12L));
  }

  @Test
  void countersThatBeganAnewWithinALifeLoseNothing() {
    ledger.take(said(A1, 5, ended(200, 5), ended(404, 1)), 0);
    ledger.take(said(A1, 2, ended(200, 2)), 1);

    assertThat(codes()).isEqualTo(Map.of(200, 7L, 404, 1L));
    assertThat(ledger.total(B).started()).isEqualTo(7);
  }

  @Test
  void aSourceThatIsGoneIsAddedUpAndItsLateWordReplacesWhatWasAdded() {
    ledger.take(said(A1, 5, ended(200, 4)), 0);
    ledger.sweep("a1"::equals, function -> true, 10);
    assertThat(codes()).isEqualTo(Map.of(200, 4L));
    assertThat(ledger.inFlight(B)).isZero();

    ledger.take(said(A1, 5, ended(200, 5)), 11);

    assertThat(codes()).isEqualTo(Map.of(200, 5L));
    assertThat(ledger.total(B).started()).isEqualTo(5);
  }

  @Test
  void anEnvoyThatGoesOnDoesNotEndTheWatchdogBesideIt() {
    Source watchdog = new Source("a1", Source.WATCHDOG + "1");
    ledger.take(said(watchdog, 4, ended(200, 3)), 0);
    ledger.take(said(A1, 5, ended(200, 5)), 100);
    ledger.sweep(replica -> false, function -> true, 50);
    assertThat(ledger.inFlight(B)).isEqualTo(1);

    ledger.take(said(new Source("a1", Source.WATCHDOG + "2"), 1, ended(200, 1)), 100);
    ledger.sweep(replica -> false, function -> true, 50);
    assertThat(ledger.inFlight(B)).isZero();
    assertThat(codes()).isEqualTo(Map.of(200, 9L));
  }

  @Test
  void aFunctionThatIsGoneIsForgottenWithItsLastSource() {
    ledger.take(said(A1, 5, ended(200, 5)), 0);
    ledger.sweep("a1"::equals, function -> false, 10);

    assertThat(codes()).isEmpty();
  }

  /** Against the plain sum of all calls, with restarts of ours, of sources, and of counters. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5})
  void nothingIsLostOrCountedTwice(long seed, @TempDir Path directory) {
    Random random = new Random(seed);
    Map<Integer, Long> truth = new TreeMap<>();
    Map<Source, Map<Integer, Long>> counters = new HashMap<>();
    List<Source> running = new ArrayList<>(List.of(new Source("a1", "0"), new Source("a2", "0")));
    CallLedger tested = new CallLedger();
    CountStore store = CountStore.open(directory.resolve("counts.db"));
    for (int step = 1; step <= 400; step++) {
      int one = random.nextInt(running.size());
      Source source = running.get(one);
      Map<Integer, Long> own = counters.computeIfAbsent(source, s -> new TreeMap<>());
      int code = random.nextBoolean() ? 200 : 500;
      own.merge(code, 1L, Long::sum);
      truth.merge(code, 1L, Long::sum);
      List<EndedCalls> words = new ArrayList<>();
      own.forEach((status, count) -> words.add(ended(status, count)));
      tested.take(said(source, 0, words.toArray(EndedCalls[]::new)), step);
      switch (random.nextInt(12)) {
        case 0 -> running.set(one, new Source(source.replica(), Integer.toString(step)));
        case 1 -> {
          // A counter that begins anew at 1 is not told from one that was 1 and stayed.
          if (own.values().stream().allMatch(count -> count > 1)) {
            own.clear();
          }
        }
        case 2 -> tested.sweep(replica -> false, function -> true, step + 1);
        case 3 -> {
          store.write(tested.changes());
          store.close();
          store = CountStore.open(directory.resolve("counts.db"));
          tested = new CallLedger();
          store.load(tested, step);
        }
        default -> {
          // the next call
        }
      }
    }
    Map<Integer, Long> counted = new TreeMap<>();
    tested.total(B).ended().forEach(calls -> counted.put(calls.code(), calls.count()));
    store.close();

    assertThat(counted).isEqualTo(truth);
  }
}
