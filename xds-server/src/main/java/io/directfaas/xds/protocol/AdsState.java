package io.directfaas.xds.protocol;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * All types of one aggregated stream, and the order between them: make before break. Clusters, then
 * their endpoints and secrets are sent and acked before a listener or route may refer to them;
 * clusters and endpoints are removed only after the routes that referred to them are gone and
 * acked. An ACK of a cluster alone is not enough: the client uses it only once it has its
 * endpoints.
 *
 * <p>Changes of endpoints alone wait for nobody. Not for several threads.
 */
public final class AdsState {
  private final Map<String, Subscription> subscriptions = new LinkedHashMap<>();

  /** Endpoints and secrets the client has not acked since what needs them was sent. */
  private final Set<ResourceKey> warming = new LinkedHashSet<>();

  private @Nullable ResourceView view;
  private long responses;

  /** Whether the request counts; a stale one does not. */
  public boolean onRequest(XdsRequest request) {
    Subscription subscription =
        subscriptions.computeIfAbsent(
            request.typeUrl(), url -> create(ResourceType.of(url), request));
    var inFlight = subscription.inFlight();
    boolean answers = subscription.isUnanswered(request.nonce());
    boolean counts =
        switch (request) {
          case XdsRequest.Sotw sotw when subscription instanceof SotwSubscription s ->
              s.onRequest(sotw);
          case XdsRequest.Delta delta when subscription instanceof DeltaSubscription d -> {
            d.onRequest(delta);
            yield true;
          }
          default -> throw new IllegalArgumentException("both variants on one stream");
        };
    if (answers && counts) {
      onAnswer(subscription.type, inFlight, request.error() == null);
    }
    return counts;
  }

  private static Subscription create(ResourceType type, XdsRequest request) {
    return switch (request) {
      case XdsRequest.Sotw ignored -> new SotwSubscription(type);
      case XdsRequest.Delta ignored -> new DeltaSubscription(type);
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
    for (ResourceType type : ResourceType.MAKE_ORDER) {
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
        if (subscription.inFlight().contains(resource.name())) {
          resource.warmedBy().stream().filter(this::isFetchedFor).forEach(warming::add);
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
    if (type.equals(ResourceType.LISTENER)) {
      return madeReady(target);
    }
    if (type.equals(ResourceType.ROUTE)) {
      return madeReady(target) && quiet(ResourceType.LISTENER, target);
    }
    return true;
  }

  private boolean madeReady(ResourceView target) {
    return warming.isEmpty()
        && quiet(ResourceType.CLUSTER, target)
        && quiet(ResourceType.ENDPOINT, target)
        && quiet(ResourceType.SECRET, target);
  }

  private boolean mayRemove(ResourceType type, ResourceView target) {
    if (type.equals(ResourceType.CLUSTER)) {
      // While a cluster of the same name still warms, its predecessor carries the calls.
      return warming.isEmpty()
          && quiet(ResourceType.LISTENER, target)
          && quiet(ResourceType.ROUTE, target)
          && !keepsOldRoutes(target);
    }
    if (type.equals(ResourceType.ENDPOINT) || type.equals(ResourceType.SECRET)) {
      Subscription clusters = subscriptions.get(ResourceType.CLUSTER.url());
      return mayRemove(ResourceType.CLUSTER, target)
          && quiet(ResourceType.CLUSTER, target)
          && (clusters == null || !clusters.hasRemovals(target));
    }
    return mayUpdate(type, target);
  }

  /** Whether the client refused its present routes and goes on by those it had. */
  private boolean keepsOldRoutes(ResourceView target) {
    return refuses(ResourceType.LISTENER, target) || refuses(ResourceType.ROUTE, target);
  }

  private boolean refuses(ResourceType type, ResourceView target) {
    Subscription subscription = subscriptions.get(type.url());
    return subscription != null && !subscription.refusals(target).isEmpty();
  }

  /** Whether the client has acked, or refused for good, every addition of the type. */
  private boolean quiet(ResourceType type, ResourceView target) {
    Subscription subscription = subscriptions.get(type.url());
    return subscription == null || !subscription.awaitsAnswer() && !subscription.hasUpdates(target);
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

  /** Whether calls can pass the client at all: it holds a listener. */
  public boolean serves() {
    Subscription listeners = subscriptions.get(ResourceType.LISTENER.url());
    return listeners != null && !listeners.held.isEmpty();
  }

  /** Whether the client holds all of the view, except what it refused, and nothing beyond. */
  public boolean settled() {
    ResourceView target = view;
    if (target == null || !warming.isEmpty()) {
      return false;
    }
    for (ResourceType type : ResourceType.MAKE_ORDER) {
      Subscription subscription = subscriptions.get(type.url());
      if (subscription == null) {
        // Whether a client needs its secrets is its own affair; who does is still warming.
        if (!type.equals(ResourceType.SECRET) && !target.names(type).isEmpty()) {
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
      String nonce,
      java.util.List<String> sent,
      Map<String, String> acked,
      Map<String, String> parked) {}
}
