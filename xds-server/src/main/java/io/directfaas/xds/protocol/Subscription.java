package io.directfaas.xds.protocol;

import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
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

  /** As long as nobody knows what exists, a client that reconnects may name a lot of it. */
  private static final int BEFORE_FIRST_VIEW = 200_000;

  /**
   * What a client holds of one resource; the resource itself only if this stream carried it.
   *
   * @param since when it was acked, in milliseconds since the epoch; 0 if on another stream
   */
  record Held(String version, @Nullable XdsResource resource, long since) {}

  private record Parked(XdsResource resource, String reason, long since) {}

  private record Unanswered(
      String nonce, List<XdsResource> updates, List<String> removed, long since) {}

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
  private final Limits limits;
  private final InstantSource clock;
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
   * Names that were in a refused response of several, until they are acked or refused alone: the
   * client may have noted an error of any of them.
   */
  private final Set<String> doubted = new LinkedHashSet<>();

  /**
   * Parts of a refused response, to be tried apart. A NACK does not say which of its resources is
   * at fault, and the client may have taken the others: halving finds the culprits in O(bad · log
   * n) responses, and the good ones come into force.
   */
  private final Deque<Set<String>> suspects = new ArrayDeque<>();

  private @Nullable Unanswered unanswered;

  /** The names of its updates, for lookups. */
  private Set<String> sentNames = Set.of();

  private String lastNonce = "";

  private @Nullable ResourceView differenceView;
  private @Nullable Difference difference;

  Subscription(ResourceType type, Limits limits, InstantSource clock) {
    this.type = type;
    this.limits = limits;
    this.clock = clock;
  }

  /**
   * Refuses to subscribe to more than there can be a reason for, before anything has changed.
   *
   * @param total how many names of the type that would make, at most
   */
  final void checkNames(Collection<String> added, int total, @Nullable ResourceView view) {
    for (String name : added) {
      if (name.length() > limits.nameLength()) {
        throw new LimitExceededException(
            "resource name of %d characters; at most %d are allowed"
                .formatted(name.length(), limits.nameLength()));
      }
    }
    if (total > limits.names()) {
      // What exists may be named whatever its number; the limit is for what does not.
      int allowed = view == null ? BEFORE_FIRST_VIEW : limits.names() + view.names(type).size();
      int distinct = total;
      if (total > allowed) {
        Set<String> all = new HashSet<>(added);
        if (this instanceof DeltaSubscription) {
          all.addAll(names);
        }
        distinct = all.size();
      }
      if (distinct > allowed) {
        throw new LimitExceededException(
            "subscription to %d names of %s; at most %d are allowed"
                .formatted(distinct, type.url(), allowed));
      }
    }
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
    return wildcard || names.contains(name) || type.namespaces() && namespaceOf(name) != null;
  }

  /** The subscribed name that stands for this one, too; null if there is none. */
  private @Nullable String namespaceOf(String name) {
    for (int slash = name.lastIndexOf('/'); slash > 0; slash = name.lastIndexOf('/', slash - 1)) {
      String namespace = name.substring(0, slash);
      if (names.contains(namespace)) {
        return namespace;
      }
    }
    return null;
  }

  /** What the client refuses of a view and why, by name. */
  Map<String, String> refusals(ResourceView view) {
    Map<String, String> refusals = new TreeMap<>();
    parked.forEach(
        (name, refused) -> {
          XdsResource resource = view.get(type, name);
          if (resource != null && resource.version().equals(refused.resource.version())) {
            refusals.put(name, refused.reason);
          }
        });
    return refusals;
  }

  Map<String, String> parked() {
    Map<String, String> versions = new TreeMap<>();
    parked.forEach((name, value) -> versions.put(name, value.resource.version()));
    return versions;
  }

  int parkedCount() {
    return parked.size();
  }

  /** The names in the response that is not answered yet. */
  List<String> inFlight() {
    return unanswered == null
        ? List.of()
        : unanswered.updates.stream().map(XdsResource::name).toList();
  }

  boolean isInFlight(String name) {
    return sentNames.contains(name);
  }

  /** Every resource the client holds, was sent or has refused, as it stands. */
  List<ResourceStatus> resources() {
    Map<String, ResourceStatus.Builder> all = new TreeMap<>();
    held.forEach((name, value) -> ResourceStatus.in(all, name).held(value.version, value.since));
    if (unanswered != null) {
      long since = unanswered.since;
      unanswered.updates.forEach(
          resource -> ResourceStatus.in(all, resource.name()).sent(resource.version(), since));
    }
    parked.forEach(
        (name, value) ->
            ResourceStatus.in(all, name)
                .refused(value.resource.version(), value.reason, value.since));
    for (String name : names) {
      if (!all.containsKey(name)) {
        ResourceStatus.in(all, name);
      }
    }
    return all.values().stream().map(ResourceStatus.Builder::build).toList();
  }

  /** The resource as the client holds it, if this stream carried it. */
  @Nullable XdsResource heldResource(String name) {
    Held value = held.get(name);
    return value == null ? null : value.resource;
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
    doubted.removeIf(name -> !wants(name));
    difference = null;
  }

  Difference difference(ResourceView view) {
    Difference known = difference;
    if (known == null || differenceView != view) {
      if (type.namespaces()) {
        oweMembers(view);
      }
      known = computeDifference(view);
      difference = known;
      differenceView = view;
    }
    return known;
  }

  /** What is owed of a namespace is owed of its members, if it has any. */
  private void oweMembers(ResourceView view) {
    Set<String> members = new TreeSet<>();
    Set<String> namespaces = new TreeSet<>();
    for (String name : view.names(type)) {
      String namespace = namespaceOf(name);
      if (namespace != null && owed.contains(namespace)) {
        namespaces.add(namespace);
        members.add(name);
      }
    }
    owed.removeAll(namespaces);
    owed.addAll(members);
  }

  private Difference computeDifference(ResourceView view) {
    List<XdsResource> updates = new ArrayList<>();
    List<String> missing = new ArrayList<>();
    List<String> removals = new ArrayList<>();
    Set<String> wanted = new TreeSet<>(names);
    if (wildcard || type.namespaces()) {
      view.names(type).stream().filter(this::wants).forEach(wanted::add);
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
      if (refused != null && refused.resource.version().equals(resource.version())) {
        continue;
      }
      Held before = held.get(name);
      // What it refused something else in favour of is sent once more when that is gone: until it
      // hears of the resource again, a client goes on to report the error, and we to show it.
      boolean goneBack = refused != null || doubted.contains(name);
      if (before == null
          || !before.version.equals(resource.version())
          || goneBack
          || owed.contains(name)) {
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
    if (!expressesRemovals() && !all.removals.isEmpty()) {
      // The client will not hear of it, and keeps it. If it comes again it is sent again.
      held.keySet().removeAll(all.removals);
      changed();
    }
    List<XdsResource> sent = updates ? cut(withoutOtherSuspects(all.updates)) : List.of();
    List<String> gone = removals && expressesRemovals() ? all.removals : List.of();
    // A name that does not exist is answered at once where that alone can be said: it cannot break
    // anything.
    boolean sayMissing = expressesMissing(updates);
    List<String> missing = sayMissing ? cutNames(all.missing) : all.missing;
    if (sent.isEmpty() && gone.isEmpty() && !(sayMissing && !missing.isEmpty())) {
      if (!sayMissing && !type.fullState() && !missing.isEmpty()) {
        // It never will be: the client finds out by a timeout of its own.
        missing.forEach(owed::remove);
        changed();
      }
      if (!(owesAnswer && updates)) {
        return null;
      }
    }
    List<String> removed = new ArrayList<>(gone);
    if (sayMissing) {
      removed.addAll(missing);
      missing.forEach(owed::remove);
    }
    XdsResponse response = compose(sent, removed, nonce, view);
    sent.forEach(resource -> owed.remove(resource.name()));
    unanswered = new Unanswered(nonce, sent, removed, clock.millis());
    sentNames = namesOf(sent);
    lastNonce = nonce;
    answered = true;
    if (updates) {
      owesAnswer = false;
    }
    changed();
    return response;
  }

  /** As much of it as one response may hold, at least one; the rest is still owed after its ACK. */
  private List<XdsResource> cut(List<XdsResource> updates) {
    if (!divisible()) {
      return updates;
    }
    long bytes = 0;
    for (int i = 0; i < updates.size(); i++) {
      XdsResource resource = updates.get(i);
      bytes += resource.body().getValue().size() + resource.name().length();
      if (bytes > limits.responseBytes() && i > 0) {
        return updates.subList(0, i);
      }
    }
    return updates;
  }

  private List<String> cutNames(List<String> missing) {
    long bytes = 0;
    for (int i = 0; i < missing.size(); i++) {
      bytes += missing.get(i).length();
      if (divisible() && bytes > limits.responseBytes() && i > 0) {
        return missing.subList(0, i);
      }
    }
    return missing;
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
      doubted.remove(resource.name());
      // It may have lost interest since; then it dropped the resource.
      if (wants(resource.name())) {
        held.put(resource.name(), new Held(resource.version(), resource, clock.millis()));
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
      parked.put(culprit.name(), new Parked(culprit, error.strip(), clock.millis()));
      doubted.remove(culprit.name());
    } else if (refused.size() > 1) {
      suspects.addFirst(namesOf(refused.subList(refused.size() / 2, refused.size())));
      suspects.addFirst(namesOf(refused.subList(0, refused.size() / 2)));
      doubted.addAll(namesOf(refused));
    }
    if (refused.isEmpty()) {
      // Removals refused by themselves would otherwise be sent for ever. Refused along with updates
      // they may be as good as any: they go again without them.
      response.removed.forEach(held::remove);
    }
    changed();
  }

  private static Set<String> namesOf(List<XdsResource> resources) {
    Set<String> names = new LinkedHashSet<>();
    resources.forEach(resource -> names.add(resource.name()));
    return names;
  }

  /** No answer to the last response is to be expected. */
  final void abandon() {
    if (awaitsAnswer()) {
      takeUnanswered();
    }
  }

  private Unanswered takeUnanswered() {
    Unanswered response = unanswered;
    if (response == null) {
      throw new IllegalStateException("nothing to be answered");
    }
    unanswered = null;
    sentNames = Set.of();
    return response;
  }

  /** Whether a response of this variant can say that a resource is gone. */
  abstract boolean expressesRemovals();

  /**
   * Whether a response of this variant can say that a resource does not exist.
   *
   * @param updates whether that response may hold what there is as well
   */
  abstract boolean expressesMissing(boolean updates);

  /** Whether what is to be said may be spread over several responses. */
  abstract boolean divisible();

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
