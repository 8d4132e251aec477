package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The cases are those of Istio's push queue, and the urgent lane. */
class PushQueueTest {
  private final PushQueue<String> queue = new PushQueue<>();

  static PushRequest request(long epoch) {
    return request(epoch, false, epoch);
  }

  static PushRequest request(long epoch, boolean urgent, long since) {
    ResourceView view =
        new ResourceView() {
          @Override
          public long revision() {
            return epoch;
          }

          @Override
          public @Nullable XdsResource get(ResourceType type, String name) {
            return null;
          }

          @Override
          public Collection<String> names(ResourceType type) {
            return List.of();
          }
        };
    return new PushRequest(view, epoch, urgent, since);
  }

  private PushQueue.Push<String> dequeue() throws InterruptedException {
    return Objects.requireNonNull(queue.dequeue());
  }

  @Test
  void simpleAddAndRemove() throws Exception {
    queue.enqueue("a", request(1));
    queue.enqueue("b", request(1));
    assertThat(dequeue().client()).isEqualTo("a");
    assertThat(dequeue().client()).isEqualTo("b");
  }

  @Test
  void whoTakesMoreThanThereIsWaits() throws Exception {
    queue.enqueue("a", request(1));
    assertThat(dequeue().client()).isEqualTo("a");
    CountDownLatch taken = new CountDownLatch(1);
    Thread taker =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    dequeue();
                    taken.countDown();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    assertThat(taken.await(50, TimeUnit.MILLISECONDS)).isFalse();
    queue.enqueue("b", request(1));
    assertThat(taken.await(10, TimeUnit.SECONDS)).isTrue();
    taker.join();
  }

  @Test
  void addMultipleTimesMakesOnePush() throws Exception {
    queue.enqueue("a", request(1));
    queue.enqueue("b", request(1));
    queue.enqueue("a", request(2));
    assertThat(dequeue().request().epoch()).isEqualTo(2);
    assertThat(dequeue().client()).isEqualTo("b");
    assertThat(queue.pending()).isZero();
  }

  @Test
  void addAndRemoveAndMarkDone() throws Exception {
    queue.enqueue("a", request(1));
    dequeue();
    queue.markDone("a");
    queue.enqueue("a", request(2));
    assertThat(dequeue().request().epoch()).isEqualTo(2);
  }

  @Test
  void mergingKeepsTheNewerViewTheUrgencyAndTheOlderTime() {
    PushRequest merged = request(5, true, 30).merge(request(4, false, 10));
    assertThat(merged.epoch()).isEqualTo(5);
    assertThat(merged.view().revision()).isEqualTo(5);
    assertThat(merged.urgent()).isTrue();
    assertThat(merged.since()).isEqualTo(10);
  }

  @Test
  void mergeBeforeDone() throws Exception {
    queue.enqueue("a", request(1));
    dequeue();
    // While its push runs a client is not given out again, whatever comes.
    queue.enqueue("a", request(2));
    queue.enqueue("a", request(3));
    queue.enqueue("b", request(1));
    assertThat(dequeue().client()).isEqualTo("b");
    assertThat(queue.pending()).isZero();
    queue.markDone("a");
    assertThat(dequeue().request().epoch()).isEqualTo(3);
  }

  @Test
  void whatIsUrgentGoesFirstAndTakesWhatIsPendingAlong() throws Exception {
    queue.enqueue("a", request(1));
    queue.enqueue("b", request(1));
    queue.enqueue("c", request(2, true, 2));
    queue.enqueue("b", request(3, true, 3));
    assertThat(dequeue().client()).isEqualTo("c");
    PushQueue.Push<String> second = dequeue();
    assertThat(second.client()).isEqualTo("b");
    assertThat(second.request().since()).isEqualTo(1);
    assertThat(dequeue().client()).isEqualTo("a");
  }

  @Test
  void aClientThatIsGoneLeavesNothingBehind() throws Exception {
    queue.enqueue("pending", request(1));
    queue.remove("pending");
    assertThat(queue.size()).isZero();
    queue.enqueue("running", request(1));
    dequeue();
    queue.enqueue("running", request(2));
    queue.remove("running");
    queue.markDone("running");
    assertThat(queue.size()).isZero();
  }

  @Test
  void shutDownLetsGoOfAllWhoWait() throws Exception {
    Thread taker =
        Thread.ofVirtual()
            .start(
                () -> {
                  try {
                    assertThat(queue.dequeue()).isNull();
                  } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                  }
                });
    queue.shutDown();
    taker.join();
    queue.enqueue("a", request(1));
    assertThat(queue.dequeue()).isNull();
  }

  @Test
  void concurrentlyNoClientRunsTwiceAtATimeAndEachGetsItsLast() throws Exception {
    int clients = 40;
    long last = 400;
    Map<String, AtomicInteger> running = new ConcurrentHashMap<>();
    Map<String, Long> got = new ConcurrentHashMap<>();
    List<String> errors = java.util.Collections.synchronizedList(new ArrayList<>());
    List<Thread> workers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      workers.add(Thread.ofVirtual().start(() -> work(running, got, errors)));
    }
    List<Thread> producers = new ArrayList<>();
    for (int p = 0; p < 4; p++) {
      int part = p;
      producers.add(
          Thread.ofVirtual()
              .start(
                  () -> {
                    for (long epoch = 1; epoch <= last; epoch++) {
                      for (int c = part; c < clients; c += 4) {
                        queue.enqueue("c" + c, request(epoch, epoch % 7 == 0, epoch));
                      }
                    }
                  }));
    }
    for (Thread producer : producers) {
      producer.join();
    }
    org.awaitility.Awaitility.await().until(() -> queue.size() == 0);
    queue.shutDown();
    for (Thread worker : workers) {
      worker.join();
    }
    assertThat(errors).isEmpty();
    assertThat(got)
        .hasSize(clients)
        .allSatisfy((client, epoch) -> assertThat(epoch).isEqualTo(last));
  }

  private void work(
      Map<String, AtomicInteger> running, Map<String, Long> got, List<String> errors) {
    try {
      for (var push = queue.dequeue(); push != null; push = queue.dequeue()) {
        AtomicInteger now = running.computeIfAbsent(push.client(), c -> new AtomicInteger());
        if (now.incrementAndGet() != 1) {
          errors.add(push.client() + " runs twice");
        }
        Long before = got.put(push.client(), push.request().epoch());
        if (before != null && before > push.request().epoch()) {
          errors.add(push.client() + " went back");
        }
        now.decrementAndGet();
        queue.markDone(push.client());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
