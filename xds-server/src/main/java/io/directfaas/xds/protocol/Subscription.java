package io.directfaas.xds.protocol;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * One type on one stream: what the client wants, holds and has refused. The two variants of the
 * protocol differ in how a request is read and in what a response must hold; all else is here.
 *
 * <p>At most one response is unanswered. Until it is answered, {@link #next} yields nothing, and
 * what changes meanwhile merges. Not for several threads.
 */
abstract sealed class Subscription permits SotwSubscription, DeltaSubscription {
  static final String WILDCARD = "*";

  /** What a client holds of one resource; the resource itself only if this stream carried it. */
  record Held(String version, @Nullable XdsResource resource) {}

  private record Parked(String version, String reason) {}

  private record Unanswered(String nonce, List<XdsResource> updates, List<String> removed) {}

  /**
   * What separates the client from a view.
   *
   * @param updates to add, change or answer
   * @param missing asked for just now, but not there
   * @param removals held, but not there any longer
   */
  record Difference(List<XdsResource> updates, List<String> missing, List<String> removals) {
    boolean hasUpdates() {
      return !updates.isEmpty() || !missing.isEmpty();
    }
  }

  final ResourceType type;
  boolean wildcard;
  boolean everNamed;
  boolean answered;

  /** The first request of a wildcard waits for an answer even when there is nothing to say. */
  boolean owesAnswer;

  final Set<String> names = new TreeSet<>();
  final Map<String, Held> held = new TreeMap<>();

  /** Names to be sent even if the client holds that very version. */
  final Set<String> owed = new LinkedHashSet<>();

  /** Refused versions by name. They are never sent again; another version of the name is. */
  private final Map<String, Parked> parked = new TreeMap<>();

  /**
   * Parts of a refused response, to be tried apart. A NACK does not say which of its resources is
   * at fault, and the client may have taken the others: halving finds the culprits in O(bad · log
   * n) responses, and the good ones come into force.
   */
  private final Deque<Set<String>> suspects = new ArrayDeque<>();

  private @Nullable Unanswered unanswered;
  private String lastNonce = "";

  private @Nullable ResourceView differenceView;
  private @Nullable Difference difference;

  Subscription(ResourceType type) {
    this.type = type;
  }

  /** Whether a response waits for its ACK or NACK. */
  boolean awaitsAnswer() {
    return unanswered != null;
  }

  String lastNonce() {
    return lastNonce;
  }

  boolean isUnanswered(String nonce) {
    return unanswered != null && unanswered.nonce.equals(nonce);
  }

  boolean wants(String name) {
    return wildcard || names.contains(name);
  }

  /** What the client refuses of a view and why, by name. */
  Map<String, String> refusals(ResourceView view) {
    Map<String, String> refusals = new TreeMap<>();
    parked.forEach(
        (name, refused) -> {
          XdsResource resource = view.get(type, name);
          if (resource != null && resource.version().equals(refused.version)) {
            refusals.put(name, refused.reason);
          }
        });
    return refusals;
  }

  Map<String, String> parked() {
    Map<String, String> versions = new TreeMap<>();
    parked.forEach((name, value) -> versions.put(name, value.version));
    return versions;
  }

  /** The names in the response that is not answered yet. */
  List<String> inFlight() {
    return unanswered == null
        ? List.of()
        : unanswered.updates.stream().map(XdsResource::name).toList();
  }

  Map<String, String> versionsHeld() {
    Map<String, String> versions = new TreeMap<>();
    held.forEach((name, value) -> versions.put(name, value.version));
    return versions;
  }

  /** Send this name again with the next response, if the client wants it. */
  void owe(String name) {
    if (wants(name)) {
      owed.add(name);
      changed();
    }
  }

  /** Must be called after every change of this state. */
  final void changed() {
    // Who does not want a resource any more has no quarrel with it either.
    parked.keySet().removeIf(name -> !wants(name));
    difference = null;
  }

  Difference difference(ResourceView view) {
    Difference known = difference;
    if (known == null || differenceView != view) {
      known = computeDifference(view);
      difference = known;
      differenceView = view;
    }
    return known;
  }

  private Difference computeDifference(ResourceView view) {
    List<XdsResource> updates = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> removals = new ArrayList<>();
    Set<String> wanted = new TreeSet<>(names);
    if (wildcard) {
      wanted.addAll(view.names(type));
      wanted.addAll(owed);
    }
    for (String name : wanted) {
      XdsResource resource = view.get(type, name);
      if (resource == null) {
        if (owed.contains(name)) {
          missing.add(name);
        }
        continue;
      }
      // NACK: "the client rejects the config"; nothing but other content can change its mind.
      Parked refused = parked.get(name);
      if (refused != null && refused.version.equals(resource.version())) {
        continue;
      }
      Held before = held.get(name);
      if (before == null || !before.version.equals(resource.version()) || owed.contains(name)) {
        updates.add(resource);
      }
    }
    for (String name : held.keySet()) {
      if (view.get(type, name) == null && !missing.contains(name)) {
        removals.add(name);
      }
    }
    return new Difference(updates, missing, removals);
  }

  /** Whether the client lacks an addition or a change. */
  boolean hasUpdates(ResourceView view) {
    return owesAnswer || difference(view).hasUpdates();
  }

  /** Whether the client holds something that is gone. */
  boolean hasRemovals(ResourceView view) {
    return expressesRemovals() && !difference(view).removals.isEmpty();
  }

  /**
   * The next response, or null when there is nothing to say or one is unanswered.
   *
   * @param updates whether additions and changes may go now
   * @param removals whether removals may go now
   */
  @Nullable XdsResponse next(ResourceView view, boolean updates, boolean removals, String nonce) {
    if (awaitsAnswer()) {
      return null;
    }
    Difference all = difference(view);
    List<XdsResource> sent = updates ? withoutOtherSuspects(all.updates) : List.of();
    List<String> gone = removals && expressesRemovals() ? all.removals : List.of();
    // A name that does not exist is answered at once: it cannot break anything.
    List<String> missing = all.missing;
    missing.forEach(owed::remove);
    boolean answerMissing = !missing.isEmpty() && expressesMissing();
    if (sent.isEmpty() && gone.isEmpty() && !answerMissing && !(owesAnswer && updates)) {
      if (!missing.isEmpty()) {
        changed();
      }
      return null;
    }
    List<String> removed = new ArrayList<>(gone);
    removed.addAll(missing);
    XdsResponse response = compose(sent, removed, nonce, view);
    sent.forEach(resource -> owed.remove(resource.name()));
    unanswered = new Unanswered(nonce, sent, removed);
    lastNonce = nonce;
    answered = true;
    if (updates) {
      owesAnswer = false;
    }
    changed();
    return response;
  }

  private List<XdsResource> withoutOtherSuspects(List<XdsResource> updates) {
    while (!suspects.isEmpty()) {
      Set<String> group = suspects.peekFirst();
      List<XdsResource> part =
          updates.stream().filter(resource -> group.contains(resource.name())).toList();
      if (!part.isEmpty()) {
        return part;
      }
      suspects.removeFirst();
    }
    return updates;
  }

  /** The client has taken the unanswered response. */
  final void onAck() {
    Unanswered response = takeUnanswered();
    for (XdsResource resource : response.updates) {
      parked.remove(resource.name());
      // It may have lost interest since; then it dropped the resource.
      if (wants(resource.name())) {
        held.put(resource.name(), new Held(resource.version(), resource));
      }
    }
    response.removed.forEach(held::remove);
    changed();
  }

  /** The client has refused the unanswered response and goes on with what it had. */
  final void onNack(String error) {
    Unanswered response = takeUnanswered();
    List<XdsResource> refused = response.updates;
    if (refused.size() == 1) {
      XdsResource culprit = refused.getFirst();
      parked.put(culprit.name(), new Parked(culprit.version(), error.strip()));
    } else if (refused.size() > 1) {
      suspects.addFirst(namesOf(refused.subList(refused.size() / 2, refused.size())));
      suspects.addFirst(namesOf(refused.subList(0, refused.size() / 2)));
    }
    // Refused removals would otherwise be sent for ever.
    response.removed.forEach(held::remove);
    changed();
  }

  private static Set<String> namesOf(List<XdsResource> resources) {
    Set<String> names = new LinkedHashSet<>();
    resources.forEach(resource -> names.add(resource.name()));
    return names;
  }

  private Unanswered takeUnanswered() {
    Unanswered response = unanswered;
    if (response == null) {
      throw new IllegalStateException("nothing to be answered");
    }
    unanswered = null;
    return response;
  }

  /** Whether a response of this variant can say that a resource is gone. */
  abstract boolean expressesRemovals();

  /** Whether a response of this variant can say that a resource does not exist. */
  abstract boolean expressesMissing();

  abstract XdsResponse compose(
      List<XdsResource> updates, List<String> removed, String nonce, ResourceView view);

  /** What the client holds once it has taken these updates and removals, as far as known. */
  final Map<String, XdsResource> stateAfter(List<XdsResource> updates, List<String> removed) {
    Map<String, XdsResource> state = new LinkedHashMap<>();
    Map<String, XdsResource> byName = new HashMap<>();
    updates.forEach(resource -> byName.put(resource.name(), resource));
    Set<String> all = new TreeSet<>(held.keySet());
    all.addAll(byName.keySet());
    removed.forEach(all::remove);
    for (String name : all) {
      XdsResource resource = byName.get(name);
      Held before = held.get(name);
      if (resource == null && before != null) {
        resource = before.resource;
      }
      if (resource != null) {
        state.put(name, resource);
      }
    }
    return state;
  }
}
