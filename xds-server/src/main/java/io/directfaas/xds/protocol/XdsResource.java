package io.directfaas.xds.protocol;

import com.google.protobuf.Any;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One resource, serialized once and shared by every stream that carries it.
 *
 * @param type its kind
 * @param name unique within its kind for any one client
 * @param version a digest of its content: equal content has an equal version in every process
 * @param body the serialized message
 * @param warmedBy what the client fetches for it before it uses it: for a cluster its endpoints,
 *     for a cluster or listener with TLS its secrets
 */
public record XdsResource(
    ResourceType type, String name, String version, Any body, List<ResourceKey> warmedBy) {
  public XdsResource {
    warmedBy = List.copyOf(warmedBy);
  }

  /** Equal versions mean equal content, so bodies are never compared. */
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof XdsResource that
        && type.equals(that.type)
        && name.equals(that.name)
        && version.equals(that.version);
  }

  @Override
  public int hashCode() {
    return version.hashCode();
  }

  @Override
  public String toString() {
    return name + "@" + version;
  }
}
