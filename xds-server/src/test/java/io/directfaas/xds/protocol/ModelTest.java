package io.directfaas.xds.protocol;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Random clients, well-behaved but for refusing versions called bad, against a model that knows
 * nothing but the specification: what the client asked for, what it has been told, and what exists.
 */
class ModelTest {
  private static final int STEPS = 400;
  private static final List<String> NAMES = List.of("a", "b", "c", "d", "e", "f");

  /** One client, one type. */
  private static final class Model {
    final Random random;
    final ResourceType type;
    final boolean delta;
    final AdsState server = AdsState.aggregated(Limits.DEFAULT, InstantSource.system());

    final Map<String, String> exists = new TreeMap<>();
    final Map<String, String> holds = new TreeMap<>();
    final Set<String> names = new TreeSet<>();

    /** Asked for anew, so due to be sent or said to be missing. */
    final Set<String> due = new TreeSet<>();

    /** Refused and wanted ever since. */
    final Set<String> refused = new HashSet<>();

    /** How often a bad version came while it was wanted. */
    final Map<String, Integer> sent = new TreeMap<>();

    boolean begun;
    boolean wildcard;
    @Nullable XdsResponse unanswered;
    String nonce = "";
    long revision;
    int version;

    Model(long seed, ResourceType type, boolean delta) {
      this.random = new Random(seed);
      this.type = type;
      this.delta = delta;
    }

    boolean wants(String name) {
      return wildcard || names.contains(name);
    }

    void step() {
      switch (random.nextInt(8)) {
        case 0, 1 -> changeWorld();
        case 2 -> subscribe();
        case 3 -> unsubscribe();
        case 4, 5 -> receive();
        case 6 -> answer();
        default -> answerSomethingOld();
      }
    }

    void changeWorld() {
      for (int i = 1 + random.nextInt(3); i > 0; i--) {
        String name = NAMES.get(random.nextInt(NAMES.size()));
        if (random.nextInt(4) == 0) {
          exists.remove(name);
        } else {
          exists.put(name, ++version + (random.nextInt(4) == 0 ? "bad" : ""));
        }
      }
      FakeView view = new FakeView(++revision);
      exists.forEach((name, v) -> view.with(type, name + "@" + v));
      server.offer(view);
    }

    void subscribe() {
      Set<String> added = new TreeSet<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        added.add(NAMES.get(random.nextInt(NAMES.size())));
      }
      boolean all = type.wildcard() && random.nextInt(5) == 0;
      if (delta) {
        List<String> sent = new ArrayList<>(added);
        if (all) {
          sent.add("*");
        }
        if (!begun && sent.isEmpty() && type.wildcard()) {
          wildcard = true;
        }
        wildcard |= all;
        names.addAll(added);
        due.addAll(added);
        send(sent, List.of(), "", null);
      } else {
        if (unanswered != null) {
          return;
        }
        Set<String> news = new TreeSet<>(added);
        news.removeAll(names);
        names.addAll(added);
        due.addAll(news);
        wildcard |= all;
        if (!begun && names.isEmpty() && type.wildcard()) {
          legacy = true;
          wildcard = true;
        } else if (!names.isEmpty() && legacy && !all) {
          // Only the star keeps it.
          legacy = false;
          wildcard = false;
          forget();
        }
        sendSotw(null);
      }
      begun = true;
    }

    boolean legacy;

    void unsubscribe() {
      if (!begun || names.isEmpty()) {
        return;
      }
      String name = names.stream().skip(random.nextInt(names.size())).findFirst().orElseThrow();
      if (!delta && unanswered != null) {
        return;
      }
      names.remove(name);
      due.remove(name);
      if (!wildcard) {
        forget();
      }
      if (delta) {
        if (wildcard) {
          due.add(name);
        }
        send(List.of(), List.of(name), "", null);
      } else {
        sendSotw(null);
      }
    }

    private void forget() {
      holds.keySet().removeIf(name -> !wants(name));
      due.removeIf(name -> !wants(name));
      sent.keySet().removeIf(text -> !wants(text.substring(0, text.indexOf('@'))));
      refused.removeIf(text -> !wants(text.substring(0, text.indexOf('@'))));
    }

    void receive() {
      XdsResponse response = server.next();
      if (response == null) {
        return;
      }
      assertThat(unanswered).as("an answer is due first").isNull();
      unanswered = response;
      nonce = response.nonce();
      for (XdsResource resource : response.resources()) {
        String text = resource.toString();
        assertThat(wants(resource.name())).as("%s was asked for", text).isTrue();
        if (delta || !type.fullState() || !resource.version().equals(holds.get(resource.name()))) {
          assertThat(resource.version()).as(text).isEqualTo(exists.get(resource.name()));
          checkRefused(text);
        }
        due.remove(resource.name());
      }
      for (String name : response.removed()) {
        assertThat(exists).doesNotContainKey(name);
        due.remove(name);
      }
    }

    private void checkRefused(String text) {
      if (delta) {
        assertThat(refused).as("once refused alone, never sent again").doesNotContain(text);
      } else if (text.endsWith("bad")) {
        // Complete responses do not show what is new in them; but six are halved thrice at most.
        assertThat(sent.merge(text, 1, Integer::sum))
            .as("how often %s is sent", text)
            .isLessThanOrEqualTo(4);
      }
    }

    void answer() {
      XdsResponse response = unanswered;
      if (response == null) {
        return;
      }
      unanswered = null;
      boolean bad = response.resources().stream().anyMatch(r -> r.version().endsWith("bad"));
      if (!bad) {
        take(response);
      } else {
        // In the incremental variant all that is sent is new to the client, if only to it.
        long changed =
            response.resources().stream()
                .filter(r -> delta || !r.version().equals(holds.get(r.name())))
                .count();
        response.resources().stream()
            .filter(r -> changed == 1 && r.version().endsWith("bad") && wants(r.name()))
            .forEach(r -> refused.add(r.toString()));
        response.removed().forEach(holds::remove);
      }
      String error = bad ? "bad" : null;
      if (delta) {
        send(List.of(), List.of(), response.nonce(), error);
      } else {
        sendSotw(error);
      }
    }

    private void take(XdsResponse response) {
      if (!delta && type.fullState()) {
        holds.clear();
      }
      for (XdsResource resource : response.resources()) {
        if (wants(resource.name())) {
          holds.put(resource.name(), resource.version());
        }
      }
      response.removed().forEach(holds::remove);
    }

    void answerSomethingOld() {
      if (!begun || nonce.isEmpty()) {
        return;
      }
      String old = "stale" + random.nextInt(3);
      if (delta) {
        server.onRequest(
            new XdsRequest.Delta(type.url(), old, "bad", List.of(), List.of(), Map.of()));
      } else {
        assertThat(server.onRequest(new XdsRequest.Sotw(type.url(), "", old, "bad", List.of("a"))))
            .isFalse();
      }
    }

    private void send(
        List<String> added, List<String> dropped, String answered, @Nullable String error) {
      server.onRequest(new XdsRequest.Delta(type.url(), answered, error, added, dropped, Map.of()));
    }

    private void sendSotw(@Nullable String error) {
      List<String> all = new ArrayList<>(names);
      if (wildcard && !legacy) {
        all.add("*");
      }
      assertThat(server.onRequest(new XdsRequest.Sotw(type.url(), "", nonce, error, all))).isTrue();
    }

    void checkSettled() {
      int most = 8 * (NAMES.size() + 1);
      int responses = 0;
      do {
        answer();
        receive();
        assertThat(++responses).as("responses until nothing is left to say").isLessThan(most);
      } while (unanswered != null);
      for (String name : NAMES) {
        if (!wants(name)) {
          continue;
        }
        String wanted = exists.get(name);
        String held = holds.get(name);
        if (wanted == null) {
          if (delta || type.fullState()) {
            assertThat(held).as(name).isNull();
          }
        } else if (wanted.endsWith("bad")) {
          assertThat(String.valueOf(held)).as(name).doesNotEndWith("bad");
        } else {
          assertThat(held).as(name).isEqualTo(wanted);
        }
      }
      if (delta && revision > 0) {
        due.removeIf(name -> Objects.requireNonNullElse(exists.get(name), "").endsWith("bad"));
        assertThat(due).as("asked for and not answered").isEmpty();
      }
    }
  }

  static Stream<org.junit.jupiter.params.provider.Arguments> clients() {
    return Stream.iterate(1L, seed -> seed + 1)
        .limit(40)
        .flatMap(
            seed ->
                Stream.of(ResourceType.CLUSTER, ResourceType.ENDPOINT)
                    .flatMap(
                        type ->
                            Stream.of(true, false)
                                .map(
                                    delta ->
                                        org.junit.jupiter.params.provider.Arguments.of(
                                            seed, type, delta))));
  }

  @ParameterizedTest(name = "seed {0}, delta {2}")
  @MethodSource("clients")
  void whateverHappensTheClientEndsUpWithWhatItAskedFor(
      long seed, ResourceType type, boolean delta) {
    Model model = new Model(seed, type, delta);
    for (int i = 0; i < STEPS; i++) {
      model.step();
      if (i % 50 == 49) {
        model.checkSettled();
      }
    }
    model.checkSettled();
  }
}
