package io.directfaas.xds.protocol;

import java.time.InstantSource;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** One type on one stream in the incremental variant. */
final class DeltaSubscription extends Subscription {
  private boolean first = true;

  DeltaSubscription(ResourceType type, Limits limits, InstantSource clock) {
    super(type, limits, clock);
  }

  /** Returns whether the request answers the last response, or nothing; not a former one. */
  boolean onRequest(XdsRequest.Delta request, @Nullable ResourceView view) {
    checkNames(request.subscribe(), names.size() + request.subscribe().size(), view);
    if (first) {
      checkNames(request.initialVersions().keySet(), request.initialVersions().size(), view);
    }
    // "ACK and NACK: response_nonce of the response answered". Any other nonce answers nothing, but
    // subscribing and unsubscribing are increments and count whatever the nonce.
    boolean answers = !request.nonce().isEmpty() && isUnanswered(request.nonce());
    if (answers) {
      String error = request.error();
      if (error == null) {
        onAck();
      } else {
        onNack(error);
      }
    }
    boolean firstOfStream = first;
    if (first) {
      onFirst(request);
    } else {
      subscribe(request.subscribe());
    }
    unsubscribe(request.unsubscribe());
    first = false;
    changed();
    return answers || firstOfStream || request.nonce().isEmpty();
  }

  private void onFirst(XdsRequest.Delta request) {
    // "If the client has never explicitly subscribed to any resource names", it gets all, where the
    // type has a wildcard.
    wildcard = type.wildcard() && request.subscribe().isEmpty();
    subscribe(request.subscribe());
    request
        .initialVersions()
        .forEach(
            (name, version) -> {
              if (wants(name)) {
                held.put(name, new Held(version, null, 0));
                // The point of initial_resource_versions: what is held already is not sent again.
                owed.remove(name);
              }
            });
    owesAnswer = (wildcard || !type.known()) && request.initialVersions().isEmpty();
  }

  private void subscribe(List<String> subscribed) {
    everNamed |= !subscribed.isEmpty();
    for (String name : subscribed) {
      if (name.equals(WILDCARD)) {
        if (type.wildcard() && !wildcard) {
          wildcard = true;
          owesAnswer = true;
        }
      } else {
        names.add(name);
        // "The server must send the resource even if the client was subscribed to it before": the
        // client may have forgotten it.
        owed.add(name);
      }
    }
  }

  private void unsubscribe(List<String> unsubscribed) {
    for (String name : unsubscribed) {
      if (name.equals(WILDCARD)) {
        wildcard = false;
        held.keySet().removeIf(other -> !wants(other));
        owed.removeIf(other -> !wants(other));
      } else if (names.remove(name)) {
        if (wants(name)) {
          // Still wanted by the wildcard, or not: the client cannot know and must be told.
          owed.add(name);
        } else {
          held.keySet().removeIf(other -> !wants(other));
          owed.removeIf(other -> !wants(other));
        }
      }
    }
  }

  @Override
  boolean expressesRemovals() {
    return true;
  }

  @Override
  boolean expressesMissing(boolean updates) {
    return true;
  }

  @Override
  boolean divisible() {
    return true;
  }

  @Override
  XdsResponse compose(
      List<XdsResource> updates, List<String> removed, String nonce, ResourceView view) {
    return new XdsResponse(type, Long.toString(view.revision()), nonce, updates, removed);
  }
}
