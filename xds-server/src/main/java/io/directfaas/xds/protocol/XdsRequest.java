package io.directfaas.xds.protocol;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A client's request for one type, without its node. */
public sealed interface XdsRequest {
  String typeUrl();

  /** The nonce of the response this one answers, or empty. */
  String nonce();

  /** Why the client refused that response; null when it did not. */
  @Nullable String error();

  /** How many names it subscribes to. */
  default int named() {
    return switch (this) {
      case Sotw sotw -> sotw.names.size();
      case Delta delta -> delta.subscribe.size();
    };
  }

  /**
   * State of the world.
   *
   * @param version what the client holds, or empty
   * @param names all names it subscribes to
   */
  record Sotw(
      String typeUrl, String version, String nonce, @Nullable String error, List<String> names)
      implements XdsRequest {}

  /**
   * Incremental.
   *
   * @param subscribe names to add
   * @param unsubscribe names to drop
   * @param initialVersions on a stream's first request of a type: what the client holds already
   */
  record Delta(
      String typeUrl,
      String nonce,
      @Nullable String error,
      List<String> subscribe,
      List<String> unsubscribe,
      Map<String, String> initialVersions)
      implements XdsRequest {}
}
