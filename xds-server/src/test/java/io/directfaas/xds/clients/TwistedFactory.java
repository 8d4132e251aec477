package io.directfaas.xds.clients;

import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Makes of some resources what the server never would: others, bad ones, none. */
final class TwistedFactory implements ResourceFactory {
  /** What to make of a resource of one type; null hides it. */
  interface Twist<M extends Message> {
    @Nullable Message apply(M message);
  }

  private record Kind(ResourceType type, Class<? extends Message> message, Twist<Message> twist) {}

  private final ResourceFactory factory;
  private final Map<String, Kind> twists = new ConcurrentHashMap<>();

  TwistedFactory(ResourceFactory factory) {
    this.factory = factory;
  }

  /** From the next change of the graph on that touches it. */
  <M extends Message> void twist(ResourceType type, String name, Class<M> message, Twist<M> twist) {
    twists.put(
        type.url() + " " + name,
        new Kind(type, message, untyped -> twist.apply(message.cast(untyped))));
  }

  void straighten() {
    twists.clear();
  }

  private @Nullable XdsResource twisted(@Nullable XdsResource resource) {
    Kind kind = resource == null ? null : twists.get(resource.type().url() + " " + resource.name());
    if (resource == null || kind == null) {
      return resource;
    }
    try {
      Message twisted = kind.twist().apply(resource.body().unpack(kind.message()));
      return twisted == null
          ? null
          : new XdsResource(
              resource.type(),
              resource.name(),
              new Digest().add("twisted").add(twisted.toByteArray()).hex(),
              com.google.protobuf.Any.pack(twisted),
              resource.warmedBy());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(kind.type() + " is no " + kind.message(), e);
    }
  }

  private List<XdsResource> twisted(List<XdsResource> resources) {
    return resources.stream().map(this::twisted).filter(Objects::nonNull).toList();
  }

  @Override
  public List<XdsResource> own(Graph graph, FunctionRef function) {
    return twisted(factory.own(graph, function));
  }

  @Override
  public List<XdsResource> edge(Graph graph, Edge edge) {
    return twisted(factory.edge(graph, edge));
  }

  @Override
  public List<XdsResource> callee(Graph graph, FunctionRef function) {
    return twisted(factory.callee(graph, function));
  }

  @Override
  public @Nullable XdsResource named(
      Graph graph, FunctionRef caller, ResourceType type, String name) {
    return twisted(factory.named(graph, caller, type, name));
  }
}
