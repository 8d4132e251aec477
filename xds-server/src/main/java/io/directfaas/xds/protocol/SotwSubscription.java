package io.directfaas.xds.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** One type on one stream in the state-of-the-world variant. */
final class SotwSubscription extends Subscription {
  /** The nonce with which the client left, having not seen the last response; else empty. */
  private String leftWith = "";

  SotwSubscription(ResourceType type, Limits limits, java.time.InstantSource clock) {
    super(type, limits, clock);
  }

  /** Returns whether the request counts; one with a stale nonce does not. */
  boolean onRequest(XdsRequest.Sotw request, @Nullable ResourceView view) {
    // A nonce is only valid on the stream that brought it, so before the first response of this
    // stream it says nothing. Later, one that is not the last response's is stale: the client is
    // going to answer the newer response, with its names of then.
    boolean restarted = answered && request.nonce().isEmpty() && !awaitsAnswer();
    boolean back = !leftWith.isEmpty() && !awaitsAnswer() && request.nonce().equals(leftWith);
    boolean stale = answered && !restarted && !back && !request.nonce().equals(lastNonce());
    if (stale && !(everNamed && request.names().isEmpty())) {
      return false;
    }
    checkNames(request.names(), request.names().size(), view);
    boolean first = !answered && names.isEmpty() && !wildcard;
    leftWith = "";
    if (stale) {
      // Who wants nothing of the type any longer may not answer what is on its way: grpc-java does
      // not, nor does it know the nonce when it comes back. To wait for it would hold up all types.
      abandon();
      leftWith = request.nonce();
    } else if (restarted) {
      // Nothing is under way that it could have overtaken, so it is a new beginning: a client that
      // had dropped its last subscription of the type and its state with it.
      held.clear();
      names.clear();
      wildcard = false;
      everNamed = false;
      first = true;
    } else if (isUnanswered(request.nonce())) {
      String error = request.error();
      if (error == null) {
        onAck();
      } else {
        onNack(error);
      }
    }
    subscribe(request.names(), first);
    changed();
    return true;
  }

  private void subscribe(List<String> requested, boolean first) {
    everNamed |= !requested.isEmpty();
    boolean wasWildcard = wildcard;
    // An empty list means all only as long as no name was ever given on the stream.
    wildcard = type.wildcard() && (requested.contains(WILDCARD) || !everNamed);
    Set<String> now = new TreeSet<>(requested);
    now.remove(WILDCARD);
    for (String name : now) {
      // Held already is only what the wildcard brought.
      if (names.add(name) && !held.containsKey(name)) {
        owed.add(name);
      }
    }
    names.retainAll(now);
    if (!wildcard) {
      owed.removeIf(name -> !wants(name));
      held.keySet().removeIf(name -> !wants(name));
    }
    if (first && (wildcard || !type.known()) || wildcard && !wasWildcard) {
      owesAnswer = true;
    }
  }

  /** "Removed if left out" holds for listeners and clusters only. */
  @Override
  boolean expressesRemovals() {
    return type.fullState();
  }

  /**
   * A listener or cluster that is left out of a response does not exist. For other types the client
   * finds out by a timeout of its own.
   */
  @Override
  boolean expressesMissing(boolean updates) {
    // Only together with what there is: a response without it would take that away.
    return type.fullState() && updates;
  }

  /** What must be complete cannot be cut. */
  @Override
  boolean divisible() {
    return !type.fullState();
  }

  @Override
  XdsResponse compose(
      List<XdsResource> updates, List<String> removed, String nonce, ResourceView view) {
    Map<String, XdsResource> state = stateAfter(updates, removed);
    Digest digest = new Digest();
    state.forEach((name, resource) -> digest.add(name).add(resource.version()));
    List<XdsResource> resources =
        type.fullState() ? new ArrayList<>(state.values()) : new ArrayList<>(updates);
    return new XdsResponse(type, digest.hex(), nonce, resources, List.of());
  }
}
