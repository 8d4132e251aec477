package io.directfaas.standalone.node;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.node.RolloutPlan.View;
import io.directfaas.standalone.node.net.Slot;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class RolloutPlanTest {
  private static View ready(String id, long generation) {
    return new View(id, generation, true);
  }

  private static View unready(String id, long generation) {
    return new View(id, generation, false);
  }

  @Test
  void what_is_missing_is_started() {
    assertThat(RolloutPlan.of(3, 1, List.of(ready("a", 1), unready("b", 1))))
        .isEqualTo(new RolloutPlan(1, List.of()));
  }

  @Test
  void what_is_too_many_leaves_unready_and_young_first() {
    List<View> present = List.of(ready("a", 1), unready("b", 1), ready("c", 1));
    assertThat(RolloutPlan.of(2, 1, present).drain()).containsExactly("b");
    assertThat(RolloutPlan.of(1, 1, present).drain()).containsExactly("b", "c");
    assertThat(RolloutPlan.of(0, 1, present).drain()).containsExactlyInAnyOrder("a", "b", "c");
  }

  @Test
  void the_former_generation_stays_until_the_new_one_serves() {
    List<View> before = List.of(ready("a", 1), ready("b", 1));
    assertThat(RolloutPlan.of(2, 2, before)).isEqualTo(new RolloutPlan(2, List.of()));
    List<View> begun = List.of(ready("a", 1), ready("b", 1), ready("c", 2), unready("d", 2));
    assertThat(RolloutPlan.of(2, 2, begun)).isEqualTo(new RolloutPlan(0, List.of("b")));
    List<View> done = List.of(ready("a", 1), ready("c", 2), ready("d", 2));
    assertThat(RolloutPlan.of(2, 2, done)).isEqualTo(new RolloutPlan(0, List.of("a")));
  }

  @Test
  void a_former_generation_that_does_not_serve_is_of_no_use() {
    assertThat(RolloutPlan.of(1, 2, List.of(unready("a", 1))))
        .isEqualTo(new RolloutPlan(1, List.of("a")));
  }

  @Test
  void from_any_state_the_plan_leads_to_what_is_wanted_and_never_below_what_served() {
    Random random = new Random(7);
    for (int round = 0; round < 2000; round++) {
      int wanted = random.nextInt(5);
      List<View> views = new ArrayList<>();
      for (int i = random.nextInt(8); i > 0; i--) {
        views.add(new View("r" + i, 1 + random.nextInt(3), random.nextBoolean()));
      }
      int next = 100;
      for (int step = 0; step < 20; step++) {
        long served = views.stream().filter(View::ready).count();
        RolloutPlan plan = RolloutPlan.of(wanted, 3, views);
        views.removeIf(view -> plan.drain().contains(view.id()));
        assertThat(views.stream().filter(View::ready).count())
            .isGreaterThanOrEqualTo(Math.min(served, wanted));
        for (int i = 0; i < plan.start(); i++) {
          views.add(unready("n" + next++, 3));
        }
        int pick = views.isEmpty() ? -1 : random.nextInt(views.size());
        if (pick >= 0) {
          View view = views.get(pick);
          views.set(pick, new View(view.id(), view.generation(), true));
        }
      }
      List<View> end = new ArrayList<>(views);
      end.replaceAll(v -> new View(v.id(), v.generation(), true));
      RolloutPlan last = RolloutPlan.of(wanted, 3, end);
      end.removeIf(view -> last.drain().contains(view.id()));
      assertThat(end).hasSize(wanted).allMatch(view -> view.generation() == 3);
    }
  }

  @Test
  void slots_are_given_lowest_first_and_rest_after_use() throws Exception {
    Instant[] now = {Instant.EPOCH.plusSeconds(1000)};
    InstantSource clock = () -> now[0];
    SlotAllocator slots = new SlotAllocator(clock);
    assertThat(slots.take()).isEqualTo(new Slot(3));
    assertThat(slots.take()).isEqualTo(new Slot(4));
    slots.giveBack(new Slot(3));
    assertThat(slots.take()).isEqualTo(new Slot(5));
    now[0] = now[0].plusSeconds(61);
    assertThat(slots.take()).isEqualTo(new Slot(3));
    assertThat(slots.take(new Slot(6))).isTrue();
    assertThat(slots.take(new Slot(6))).isFalse();
    assertThat(slots.take()).isEqualTo(new Slot(7));
  }

  @Test
  void replica_ids_are_labels_of_at_most_forty_characters() {
    Random random = new Random(1);
    assertThat(ReplicaIds.next("echo", random)).matches("echo-[a-z0-9]{5}");
    String id = ReplicaIds.next("a".repeat(33) + "-bcd", random);
    assertThat(id).hasSize(40).matches("[a-z0-9]([-a-z0-9]*[a-z0-9])?");
  }
}
