package io.directfaas.xds.protocol;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A scripted client on an {@link AdsState}; says what came as {@code "type: a@1 b@2 -c"}. A minus
 * stands before what was removed.
 */
final class Client {
  final AdsState state = AdsState.aggregated(Limits.DEFAULT, java.time.InstantSource.system());
  private @Nullable XdsResponse last;

  Client offer(ResourceView view) {
    state.offer(view);
    return this;
  }

  Client delta(ResourceType type, String... subscribe) {
    return delta(type, List.of(subscribe), List.of(), Map.of());
  }

  Client delta(
      ResourceType type,
      List<String> subscribe,
      List<String> unsubscribe,
      Map<String, String> initial) {
    state.onRequest(new XdsRequest.Delta(type.url(), "", null, subscribe, unsubscribe, initial));
    return this;
  }

  Client unsubscribe(ResourceType type, String... names) {
    return delta(type, List.of(), List.of(names), Map.of());
  }

  boolean sotw(ResourceType type, String nonce, String... names) {
    return state.onRequest(new XdsRequest.Sotw(type.url(), "", nonce, null, List.of(names)));
  }

  boolean sotwNack(ResourceType type, String nonce, String... names) {
    return state.onRequest(new XdsRequest.Sotw(type.url(), "", nonce, "bad", List.of(names)));
  }

  Client ack() {
    return ack(response());
  }

  Client ack(XdsResponse response) {
    state.onRequest(
        new XdsRequest.Delta(
            response.type().url(), response.nonce(), null, List.of(), List.of(), Map.of()));
    return this;
  }

  Client nack() {
    return nack(response().nonce());
  }

  Client nack(String nonce) {
    state.onRequest(
        new XdsRequest.Delta(
            response().type().url(), nonce, "bad", List.of(), List.of(), Map.of()));
    return this;
  }

  XdsResponse response() {
    if (last == null) {
      throw new IllegalStateException("no response yet");
    }
    return last;
  }

  /** The next response, or "nothing". */
  String next() {
    XdsResponse response = state.next();
    if (response == null) {
      return "nothing";
    }
    last = response;
    String url = response.type().url();
    List<String> words = new ArrayList<>();
    for (XdsResource resource : response.resources()) {
      words.add(resource.toString());
    }
    new TreeSet<>(response.removed()).forEach(name -> words.add("-" + name));
    return url.substring(url.lastIndexOf('.') + 1) + ": " + String.join(" ", words);
  }

  /** Acks everything that comes, until nothing does. */
  List<String> drain() {
    List<String> all = new ArrayList<>();
    for (String text = next(); !text.equals("nothing"); text = next()) {
      all.add(text);
      ack();
    }
    return all;
  }
}
