package io.directfaas.standalone.node;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * What to do next so that a function has the replicas it should have. Pure; applied again after
 * every change until it asks for nothing.
 *
 * @param start how many replicas of the wanted generation to start
 * @param drain the ids of replicas that must leave
 */
record RolloutPlan(int start, List<String> drain) {

  /** A replica as the plan sees it. Those that leave already are not given to it. */
  record View(String id, long generation, boolean ready) {}

  /**
   * @param wanted how many replicas there should be
   * @param generation of which generation
   * @param present the replicas that are not about to leave, oldest first
   */
  static RolloutPlan of(int wanted, long generation, List<View> present) {
    List<View> current = present.stream().filter(v -> v.generation() == generation).toList();
    List<View> former = present.stream().filter(v -> v.generation() != generation).toList();
    List<String> drain = new ArrayList<>();

    // Too many: those go first that serve nothing yet, then the youngest.
    current.reversed().stream()
        .sorted(Comparator.comparing(View::ready))
        .limit(Math.max(0, current.size() - wanted))
        .forEach(view -> drain.add(view.id()));

    // Of the former generation as many stay as the new one lacks ready replicas; unready ones are
    // of no use to anybody.
    long ready = current.stream().filter(View::ready).count();
    long kept = Math.max(0, wanted - ready);
    for (View view : former) {
      if (view.ready() && kept > 0) {
        kept--;
      } else {
        drain.add(view.id());
      }
    }
    return new RolloutPlan(Math.max(0, wanted - current.size()), List.copyOf(drain));
  }
}
