package io.directfaas.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.queue.CallQueue.QueueFullException;
import io.directfaas.queue.CallQueue.Taken;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(120)
class SqliteQueueTest {
  private static final Bounds BOUNDS = new Bounds(1000, 5, 3, 2000, 2);

  @TempDir Path dir;

  @Test
  void whatWasPutComesOutAsItWas() throws Exception {
    try (SqliteQueue queue = open("q")) {
      QueuedCall call =
          new QueuedCall(
              "acme/f",
              "/x?y=%20",
              List.of(
                  new QueuedCall.Header("A", "1"),
                  new QueuedCall.Header("a", "2"),
                  new QueuedCall.Header("b", "\u00fc\"")),
              new byte[] {0, -1, 10},
              "http://example.com",
              "id",
              "1");
      queue.put(call);
      Taken taken = queue.take();
      assertThat(taken.call()).usingRecursiveComparison().isEqualTo(call);
      assertThat(taken.attempts()).isZero();
      assertThat(queue.depths()).isEqualTo(Map.of("acme/f", 1L));
      taken.done();
      assertThat(queue.depths()).isEmpty();
    }
  }

  /** A copy of the files is what a kill leaves: nothing of the process, all of the disk. */
  @Test
  void whatWasPutAndNotSettledIsTakenAgainAfterAKill() throws Exception {
    try (SqliteQueue queue = open("q")) {
      for (int i = 0; i < 3; i++) {
        queue.put(call("acme/f", "/" + i, 1));
      }
      queue.take();
      queue.take().again(Duration.ZERO, true);
      for (String suffix : List.of("", "-wal")) {
        Files.copy(
            dir.resolve("q" + suffix),
            dir.resolve("killed" + suffix),
            StandardCopyOption.REPLACE_EXISTING);
      }
    }
    try (SqliteQueue queue = open("killed")) {
      assertThat(queue.depths()).isEqualTo(Map.of("acme/f", 3L));
      List<String> paths = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        Taken taken = queue.take();
        paths.add(taken.call().path());
        taken.done();
      }
      assertThat(paths).containsExactlyInAnyOrder("/0", "/1", "/2");
    }
    try (SqliteQueue queue = open("killed")) {
      assertThat(queue.depths()).isEmpty();
    }
  }

  @Test
  void everyBoundIsKept() throws Exception {
    try (SqliteQueue queue = open("q")) {
      for (int i = 0; i < 3; i++) {
        queue.put(call("acme/f", "/", 10));
      }
      assertThatThrownBy(() -> queue.put(call("acme/f", "/", 10)))
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("3 calls of acme/f");
      assertThatThrownBy(() -> queue.put(call("acme/g", "/", 1980)))
          .isInstanceOf(QueueFullException.class)
          .hasMessageContaining("full");
      queue.put(call("acme/g", "/", 10));
      queue.put(call("acme/h", "/", 10));
      assertThatThrownBy(() -> queue.put(call("acme/i", "/", 0)))
          .isInstanceOf(QueueFullException.class);
      queue.take().done();
      queue.put(call("acme/i", "/", 0));
    }
  }

  @Test
  void oneFunctionsBacklogLeavesTheOthersTheirTurn() throws Exception {
    try (SqliteQueue queue = open("q")) {
      for (int i = 0; i < 3; i++) {
        queue.put(call("acme/busy", "/" + i, 1));
      }
      queue.put(call("acme/other", "/", 1));
      List<Taken> taken = List.of(queue.take(), queue.take(), queue.take());
      // two of the busy one at once, no more
      assertThat(taken)
          .extracting(each -> each.call().function())
          .containsExactlyInAnyOrder("acme/busy", "acme/busy", "acme/other");
      taken.stream().filter(each -> each.call().function().endsWith("busy")).forEach(Taken::done);
      assertThat(queue.take().call().path()).isEqualTo("/2");
    }
  }

  @Test
  void aRetryComesWhenItsTimeHasComeAndCountsOnlyTries() throws Exception {
    try (SqliteQueue queue = open("q")) {
      queue.put(call("acme/f", "/", 1));
      long begun = System.nanoTime();
      queue.take().again(Duration.ofMillis(200), false);
      Taken second = queue.take();
      assertThat(Duration.ofNanos(System.nanoTime() - begun)).isGreaterThan(Duration.ofMillis(190));
      assertThat(second.attempts()).isZero();
      second.again(Duration.ZERO, true);
      assertThat(queue.take().attempts()).isEqualTo(1);
    }
  }

  private SqliteQueue open(String name) throws Exception {
    return SqliteQueue.open(dir.resolve(name), BOUNDS);
  }

  private static QueuedCall call(String function, String path, int size) {
    return new QueuedCall(function, path, List.of(), new byte[size], null, "id", "1");
  }
}
