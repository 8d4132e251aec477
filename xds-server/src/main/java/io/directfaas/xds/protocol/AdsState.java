package io.directfaas.xds.protocol;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
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

  /** Endpoint resources the client has not acked since the cluster that needs them was sent. */
  private final Set<String> warming = new TreeSet<>();

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
    if (type.equals(ResourceType.ENDPOINT)) {
      names.forEach(warming::remove);
    } else if (type.equals(ResourceType.CLUSTER)) {
      Subscription endpoints = subscriptions.get(ResourceType.ENDPOINT.url());
      for (String cluster : names) {
        String needed = warmedBy(cluster);
        if (needed == null) {
          continue;
        }
        if (!ack) {
          warming.remove(needed);
        } else if (warming.contains(needed)
            && endpoints != null
            && endpoints.held.containsKey(needed)
            && !endpoints.inFlight().contains(needed)) {
          // A changed cluster warms again, but its endpoints are subscribed already and the client
          // does not ask for them anew.
          endpoints.owe(needed);
        }
      }
    }
  }

  private @Nullable String warmedBy(String cluster) {
    XdsResource resource = view == null ? null : view.get(ResourceType.CLUSTER, cluster);
    return resource == null ? null : resource.warmedBy();
  }

  /** What the client is to hold from now on. */
  public void offer(ResourceView target) {
    view = target;
    warming.removeIf(name -> target.get(ResourceType.ENDPOINT, name) == null);
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
        String needed = resource.warmedBy();
        if (needed != null && subscription.inFlight().contains(resource.name())) {
          warming.add(needed);
        }
      }
    }
    return response;
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
      return quiet(ResourceType.LISTENER, target)
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

  /** Whether routes wait for nothing but endpoints that the client has not asked for. */
  public boolean waitsForWarming() {
    ResourceView target = view;
    return target != null
        && !warming.isEmpty()
        && quiet(ResourceType.CLUSTER, target)
        && quiet(ResourceType.ENDPOINT, target);
  }

  /** Goes on without the endpoints that a client does not ask for. */
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
        if (!target.names(type).isEmpty()) {
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
      text.append(
          warming.isEmpty() ? "it has not asked yet" : "has not taken endpoints " + warming);
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
