package io.directfaas.xds.protocol;

import java.util.List;

/** One type on one stream in the incremental variant. */
final class DeltaSubscription extends Subscription {
  private boolean first = true;

  DeltaSubscription(ResourceType type) {
    super(type);
  }

  void onRequest(XdsRequest.Delta request) {
    // "ACK and NACK: response_nonce of the response answered". Any other nonce answers nothing, but
    // subscribing and unsubscribing are increments and count whatever the nonce.
    if (!request.nonce().isEmpty() && isUnanswered(request.nonce())) {
      String error = request.error();
      if (error == null) {
        onAck();
      } else {
        onNack(error);
      }
    }
    if (first) {
      onFirst(request);
    } else {
      subscribe(request.subscribe());
    }
    unsubscribe(request.unsubscribe());
    first = false;
    changed();
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
                held.put(name, new Held(version, null));
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
        held.keySet().retainAll(names);
        owed.retainAll(names);
      } else if (names.remove(name)) {
        if (wildcard) {
          // Still wanted by the wildcard, or not: the client cannot know and must be told.
          owed.add(name);
        } else {
          held.remove(name);
          owed.remove(name);
        }
      }
    }
  }

  @Override
  boolean expressesRemovals() {
    return true;
  }

  @Override
  boolean expressesMissing() {
    return true;
  }

  @Override
  XdsResponse compose(
      List<XdsResource> updates, List<String> removed, String nonce, ResourceView view) {
    return new XdsResponse(type, Long.toString(view.revision()), nonce, updates, removed);
  }
}
