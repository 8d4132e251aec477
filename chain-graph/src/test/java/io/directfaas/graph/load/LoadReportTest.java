package io.directfaas.graph.load;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.SourceCalls.Source;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.time.Duration;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LoadReportTest {
  private static final FunctionRef B = new FunctionRef("acme", "b");
  private static final EdgeLoad LOAD =
      new EdgeLoad(new Edge.Key(new FunctionRef("acme", "a"), B), 12.5, 0.5, 3);

  private final String address = InProcessServerBuilder.generateName();
  private final ManagedChannel channel = InProcessChannelBuilder.forName(address).build();
  private final LoadReporter reporter =
      new LoadReporter("mesh", channel, Duration.ofMillis(20), () -> List.of(LOAD));

  @AfterEach
  void close() {
    reporter.close();
    channel.shutdownNow();
  }

  /** Remembers all; stores only while told to. */
  private static final class Owner implements LoadSink {
    final Map<Source, SourceCalls> calls = new ConcurrentHashMap<>();
    final List<EdgeLoad> loads = new CopyOnWriteArrayList<>();
    final List<String> lost = new CopyOnWriteArrayList<>();
    volatile boolean stores = true;

    @Override
    public CompletionStage<Void> take(String reporter, LoadReport report) {
      loads.addAll(report.loads());
      report.calls().forEach(said -> calls.put(said.source(), said));
      return stores
          ? CompletableFuture.completedFuture(null)
          : CompletableFuture.failedFuture(new IOException("disk full"));
    }

    @Override
    public void lost(String reporter) {
      lost.add(reporter);
    }
  }

  private Server serve(Owner owner) throws IOException {
    return InProcessServerBuilder.forName(address)
        .addService(new LoadReceiver(owner))
        .build()
        .start();
  }

  private static SourceCalls calls(String replica, long count) {
    List<Long> buckets = Collections.nCopies(EndedCalls.BOUNDS.size() + 1, count);
    return new SourceCalls(
        new Source(replica, "l1"),
        List.of(new FunctionCalls(B, count, List.of(new EndedCalls(200, count, 0.25, buckets)))));
  }

  @Test
  void countsAndLoadsArriveAsTheyWereSaid() throws IOException {
    Owner owner = new Owner();
    Server server = serve(owner);
    try {
      reporter.report(calls("a1", 7));
      await().until(() -> owner.calls.containsValue(calls("a1", 7)));
      await().until(() -> owner.loads.contains(LOAD));
    } finally {
      server.shutdownNow();
    }
  }

  @Test
  void whatWasNotStoredIsSaidAgainToTheNextOwnerInItsNewestWords() throws Exception {
    Owner full = new Owner();
    full.stores = false;
    Server first = serve(full);
    reporter.report(calls("a1", 7));
    reporter.report(calls("a2", 1));
    await().until(() -> full.calls.containsKey(new Source("a1", "l1")));
    CompletableFuture<Void> stored = reporter.whenStored(new Source("a1", "l1"));
    reporter.report(calls("a1", 9));
    first.shutdownNow().awaitTermination();
    assertThat(stored).isNotDone();

    Owner next = new Owner();
    Server second = serve(next);
    try {
      await().until(stored::isDone);
      assertThat(next.calls)
          .containsEntry(new Source("a1", "l1"), calls("a1", 9))
          .containsEntry(new Source("a2", "l1"), calls("a2", 1));
    } finally {
      second.shutdownNow();
    }
    assertThat(full.lost).contains("mesh");
  }

  @Test
  void whatIsStoredAlreadyNeedsNoWaiting() throws Exception {
    Owner owner = new Owner();
    Server server = serve(owner);
    try {
      reporter.report(calls("a1", 7));
      reporter.whenStored(new Source("a1", "l1")).get(30, java.util.concurrent.TimeUnit.SECONDS);
      assertThat(owner.calls).containsKey(new Source("a1", "l1"));
      reporter.whenStored(new Source("x", "y")).get(30, java.util.concurrent.TimeUnit.SECONDS);
    } finally {
      server.shutdownNow();
    }
  }
}
