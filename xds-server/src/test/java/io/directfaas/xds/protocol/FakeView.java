package io.directfaas.xds.protocol;

import com.google.protobuf.Any;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Resources given as {@code name@version}; clusters are warmed by endpoints of their own name. */
final class FakeView implements ResourceView {
  private final Map<ResourceType, Map<String, XdsResource>> resources =
      new TreeMap<>(java.util.Comparator.comparing(ResourceType::url));
  private final long revision;

  FakeView(long revision) {
    this.revision = revision;
  }

  static FakeView of(ResourceType type, String... resources) {
    return new FakeView(1).with(type, resources);
  }

  FakeView with(ResourceType type, String... all) {
    for (String text : all) {
      XdsResource resource = resource(type, text);
      resources.computeIfAbsent(type, t -> new TreeMap<>()).put(resource.name(), resource);
    }
    return this;
  }

  static XdsResource resource(ResourceType type, String text) {
    String[] parts = text.split("@");
    boolean cluster = type.equals(ResourceType.CLUSTER);
    return new XdsResource(
        type,
        parts[0],
        parts[1],
        Any.getDefaultInstance(),
        cluster ? List.of(new ResourceKey(ResourceType.ENDPOINT, parts[0])) : List.of());
  }

  @Override
  public long revision() {
    return revision;
  }

  @Override
  public @Nullable XdsResource get(ResourceType type, String name) {
    return resources.getOrDefault(type, Map.of()).get(name);
  }

  @Override
  public Collection<String> names(ResourceType type) {
    return List.copyOf(resources.getOrDefault(type, Map.of()).keySet());
  }
}
