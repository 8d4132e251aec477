package io.directfaas.xds.protocol;

import io.directfaas.xds.protocol.ResourceType.Place;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All types of one stream, and the order between them: make before break. Clusters, then their
 * endpoints and secrets are sent and acked before a listener or route may refer to them; clusters
 * and endpoints are removed only after the routes that referred to them are gone and acked. An ACK
 * of a cluster alone is not enough: the client uses it only once it has its endpoints. Which type
 * stands where is the type's own {@link ResourceType.Place}.
 *
 * <p>Changes of endpoints alone wait for nobody. A stream of one type has no order to keep. Not for
 * several threads.
 */
public final class AdsState {
  /** Of the others, a client asks only if something it holds tells it to. */
  private static final Set<ResourceType> ASKED_FOR_BY_ALL =
      Set.of(
          ResourceType.CLUSTER,
          ResourceType.ENDPOINT,
          ResourceType.LISTENER,
          ResourceType.ROUTE,
          ResourceType.VIRTUAL_HOST);

  /**
   * A client with names of its own for each type it uses has four: gRPC's listeners to endpoints.
   */
  private static final int NAMES_TO_TYPES = 4;

  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

  /** Endpoints and secrets the client has not acked since what needs them was sent. */
  private final Set<ResourceKey> warming = new LinkedHashSet<>();

  private final @Nullable ResourceType only;
  private final Limits limits;
  private final InstantSource clock;
  private @Nullable ResourceView view;
  private long responses;

  private AdsState(@Nullable ResourceType only, Limits limits, InstantSource clock) {
    this.only = only;
    this.limits = limits;
    this.clock = clock;
  }

  /** Of an aggregated stream. */
  public static AdsState aggregated(Limits limits, InstantSource clock) {
    return new AdsState(null, limits, clock);
  }

  /** Of a stream that carries one type alone. */
  public static AdsState ofType(ResourceType only, Limits limits, InstantSource clock) {
    return new AdsState(only, limits, clock);
  }

  /**
   * Whether the request counts; a stale one does not.
   *
   * @throws LimitExceededException if it asks for too much; nothing has changed then
   */
  public boolean onRequest(XdsRequest request) {
    if (!subscriptions.containsKey(request.typeUrl()) && subscriptions.size() >= limits.types()) {
      throw new LimitExceededException(
          "more than %d types on one stream".formatted(limits.types()));
    }
    checkAllNames(request);
    Subscription subscription =
        subscriptions.computeIfAbsent(
            request.typeUrl(), url -> create(ResourceType.of(url), request));
    var inFlight = subscription.inFlight();
    boolean answers = subscription.isUnanswered(request.nonce());
    boolean awaited = subscription.awaitsAnswer();
    boolean counts =
        switch (request) {
          case XdsRequest.Sotw sotw when subscription instanceof SotwSubscription s ->
              s.onRequest(sotw, view);
          case XdsRequest.Delta delta when subscription instanceof DeltaSubscription d ->
              d.onRequest(delta, view);
          default -> throw new IllegalArgumentException("both variants on one stream");
        };
    if (answers && counts) {
      onAnswer(subscription.type, inFlight, request.error() == null);
    } else if (awaited && !subscription.awaitsAnswer()) {
      onAnswer(subscription.type, inFlight, false);
    }
    return counts;
  }

  /** The limit per type would still allow as many again for each type. */
  private void checkAllNames(XdsRequest request) {
    long total = request.named();
    for (Subscription subscription : subscriptions.values()) {
      boolean replaced =
          request instanceof XdsRequest.Sotw && subscription.type.url().equals(request.typeUrl());
      total += replaced ? 0 : subscription.names.size();
    }
    long most = (long) NAMES_TO_TYPES * limits.names();
    ResourceView target = view;
    if (total <= most || target == null) {
      // Before the first view nobody knows what exists; then the limit per type must do.
      return;
    }
    int ofType = target.names(ResourceType.of(request.typeUrl())).size();
    if (request.named() > limits.names() + ofType) {
      // More than the type's own limit, which is what it is told.
      return;
    }
    for (ResourceType type : ResourceType.SERVED) {
      most += target.names(type).size();
    }
    if (total > most) {
      throw new LimitExceededException(
          "subscription to %d names of all types; at most %d are allowed".formatted(total, most));
    }
  }

  private Subscription create(ResourceType type, XdsRequest request) {
    return switch (request) {
      case XdsRequest.Sotw ignored -> new SotwSubscription(type, limits, clock);
      case XdsRequest.Delta ignored -> new DeltaSubscription(type, limits, clock);
    };
  }

  private void onAnswer(ResourceType type, Iterable<String> names, boolean ack) {
    for (String name : names) {
      warming.remove(new ResourceKey(type, name));
      for (ResourceKey needed : warmedBy(type, name)) {
        if (!ack) {
          warming.remove(needed);
        } else if (warming.contains(needed) && holdsAlready(needed)) {
          // A changed cluster warms again, but its endpoints are subscribed already and the client
          // does not ask for them anew.
          Objects.requireNonNull(subscriptions.get(needed.type().url())).owe(needed.name());
        }
      }
    }
  }

  private List<ResourceKey> warmedBy(ResourceType type, String name) {
    boolean warms = type.equals(ResourceType.CLUSTER) || type.equals(ResourceType.LISTENER);
    XdsResource resource = view == null || !warms ? null : view.get(type, name);
    return resource == null ? List.of() : resource.warmedBy();
  }

  private boolean holdsAlready(ResourceKey key) {
    Subscription subscription = subscriptions.get(key.type().url());
    return subscription != null
        && subscription.held.containsKey(key.name())
        && !subscription.inFlight().contains(key.name());
  }

  /** What the client is to hold from now on. */
  public void offer(ResourceView target) {
    view = target;
    warming.removeIf(key -> target.get(key.type(), key.name()) == null);
  }

  public @Nullable ResourceView view() {
    return view;
  }

  /** The next response to send, or null when there is nothing to say now. */
  public @Nullable XdsResponse next() {
    ResourceView target = view;
    if (target == null) {
      return null;
    }
    for (ResourceType type : ResourceType.SERVED) {
      Subscription subscription = subscriptions.get(type.url());
      if (subscription != null) {
        XdsResponse response = next(subscription, target);
        if (response != null) {
          return response;
        }
      }
    }
    for (Subscription subscription : subscriptions.values()) {
      if (!subscription.type.known()) {
        XdsResponse response = next(subscription, target);
        if (response != null) {
          return response;
        }
      }
    }
    return null;
  }

  private @Nullable XdsResponse next(Subscription subscription, ResourceView target) {
    ResourceType type = subscription.type;
    XdsResponse response =
        subscription.next(
            target, mayUpdate(type, target), mayRemove(type, target), Long.toString(responses + 1));
    if (response != null) {
      responses++;
      for (XdsResource resource : response.resources()) {
        if (subscription.isInFlight(resource.name())) {
          for (ResourceKey needed : resource.warmedBy()) {
            // What does not exist does not come, however long it is waited for.
            if (target.get(needed.type(), needed.name()) != null && isFetchedFor(needed)) {
              warming.add(needed);
            }
          }
        }
      }
    }
    return response;
  }

  /** A client has one copy of a secret for all that need it, but fetches endpoints per cluster. */
  private boolean isFetchedFor(ResourceKey needed) {
    return !needed.type().equals(ResourceType.SECRET) || !holdsAlready(needed);
  }

  private boolean mayUpdate(ResourceType type, ResourceView target) {
    return switch (type.place()) {
      case ANYWHERE, CLUSTER, PART_OF_CLUSTER -> true;
      case LISTENER, PART_OF_LISTENER -> madeReady(target);
      case ROUTE, PART_OF_ROUTE -> madeReady(target) && quietBefore(type.place(), target);
    };
  }

  private boolean madeReady(ResourceView target) {
    return warming.isEmpty() && quietBefore(Place.LISTENER, target);
  }

  private boolean mayRemove(ResourceType type, ResourceView target) {
    return switch (type.place()) {
      case ANYWHERE -> true;
      case CLUSTER -> nothingRefersToWhatIsGone(target);
      case PART_OF_CLUSTER ->
          nothingRefersToWhatIsGone(target)
              && quiet(ResourceType.CLUSTER, target)
              && !hasRemovals(ResourceType.CLUSTER, target);
      case LISTENER, PART_OF_LISTENER, ROUTE, PART_OF_ROUTE -> mayUpdate(type, target);
    };
  }

  private boolean hasRemovals(ResourceType type, ResourceView target) {
    Subscription subscription = subscriptions.get(type.url());
    return subscription != null && subscription.hasRemovals(target);
  }

  /** Whether the client has acked the listeners and routes that go by what there is now. */
  private boolean nothingRefersToWhatIsGone(ResourceView target) {
    // While a cluster of the same name still warms, its predecessor carries the calls.
    return warming.isEmpty() && quietFrom(Place.LISTENER, target) && !keepsOldRoutes(target);
  }

  /** Whether the client refused its present routes and goes on by those it had. */
  private boolean keepsOldRoutes(ResourceView target) {
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.type.place().compareTo(Place.LISTENER) >= 0
          && !subscription.refusals(target).isEmpty()) {
        return true;
      }
    }
    return false;
  }

  private boolean quietBefore(Place place, ResourceView target) {
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.type.place() != Place.ANYWHERE
          && subscription.type.place().compareTo(place) < 0
          && !quiet(subscription, target)) {
        return false;
      }
    }
    return true;
  }

  private boolean quietFrom(Place place, ResourceView target) {
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.type.place().compareTo(place) >= 0 && !quiet(subscription, target)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the client has acked, or refused for good, every addition of the type. */
  private boolean quiet(ResourceType type, ResourceView target) {
    Subscription subscription = subscriptions.get(type.url());
    return subscription == null || quiet(subscription, target);
  }

  private static boolean quiet(Subscription subscription, ResourceView target) {
    return !subscription.awaitsAnswer() && !subscription.hasUpdates(target);
  }

  /** Whether routes wait for nothing but what the client has not asked for. */
  public boolean waitsForWarming() {
    ResourceView target = view;
    return target != null
        && !warming.isEmpty()
        && quiet(ResourceType.CLUSTER, target)
        && quiet(ResourceType.ENDPOINT, target)
        && quiet(ResourceType.SECRET, target);
  }

  /** Goes on without what a client does not ask for. */
  public void stopWarming() {
    warming.clear();
  }

  /**
   * Whether calls can pass the client at all: it holds a listener. Of a stream of one type: whether
   * it holds anything.
   */
  public boolean serves() {
    if (only != null) {
      Subscription subscription = subscriptions.get(only.url());
      return subscription != null && !subscription.held.isEmpty();
    }
    Subscription listeners = subscriptions.get(ResourceType.LISTENER.url());
    return listeners != null && !listeners.held.isEmpty();
  }

  /** Whether the client holds all of the view, except what it refused, and nothing beyond. */
  public boolean settled() {
    ResourceView target = view;
    if (target == null || !warming.isEmpty()) {
      return false;
    }
    for (ResourceType type : only == null ? ResourceType.SERVED : List.of(only)) {
      Subscription subscription = subscriptions.get(type.url());
      if (subscription == null) {
        if (ASKED_FOR_BY_ALL.contains(type) && !target.names(type).isEmpty()) {
          return false;
        }
      } else if (subscription.awaitsAnswer()
          || subscription.hasUpdates(target)
          || subscription.hasRemovals(target) && !keepsOldRoutes(target)) {
        return false;
      }
    }
    return true;
  }

  /** Each resource that the client refuses in its present version, with its reason; or empty. */
  public String refusal() {
    ResourceView target = view;
    StringBuilder text = new StringBuilder();
    if (target != null) {
      for (Subscription subscription : subscriptions.values()) {
        subscription
            .refusals(target)
            .forEach(
                (name, reason) ->
                    text.append(text.isEmpty() ? "" : "; ").append(name + ": " + reason));
      }
    }
    return text.toString();
  }

  /** In words, which answers or requests the client owes. */
  public String waitsFor() {
    ResourceView target = view;
    if (target == null) {
      return "the server has no configuration for it yet";
    }
    StringBuilder text = new StringBuilder();
    for (Subscription subscription : subscriptions.values()) {
      if (subscription.awaitsAnswer()) {
        text.append(text.isEmpty() ? "no answer to " : ", ").append(subscription.type.url());
      }
    }
    if (text.isEmpty()) {
      text.append(warming.isEmpty() ? "it has not asked yet" : "has not taken " + warming);
    }
    return text.toString();
  }

  /** How many resource versions the client refuses at present, all types together. */
  public int parked() {
    int parked = 0;
    for (Subscription subscription : subscriptions.values()) {
      parked += subscription.parkedCount();
    }
    return parked;
  }

  /** The types asked for, each with its resources. */
  public Map<ResourceType, List<ResourceStatus>> resources() {
    Map<ResourceType, List<ResourceStatus>> all = new LinkedHashMap<>();
    subscriptions.values().forEach(s -> all.put(s.type, s.resources()));
    return all;
  }

  /** A resource as the client holds it, if this stream carried it. */
  public @Nullable XdsResource held(ResourceType type, String name) {
    Subscription subscription = subscriptions.get(type.url());
    return subscription == null ? null : subscription.heldResource(name);
  }

  /** Per type URL, what the client holds and what it refuses: for people. */
  public Map<String, TypeStatus> status() {
    Map<String, TypeStatus> status = new TreeMap<>();
    subscriptions.forEach(
        (url, s) ->
            status.put(
                url, new TypeStatus(s.lastNonce(), s.inFlight(), s.versionsHeld(), s.parked())));
    return status;
  }

  /**
   * @param nonce of the last response, or empty
   * @param sent names sent and not answered yet
   * @param acked version by name
   * @param parked refused version by name
   */
  public record TypeStatus(
      String nonce, List<String> sent, Map<String, String> acked, Map<String, String> parked) {}
}
