package io.directfaas.xds.stream;

import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.protocol.ResourceStatus;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceStore;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** What the server knows of its clients, resource by resource; reads only. */
public final class Inspection {
  private final StreamRegistry registry;

  public Inspection(StreamRegistry registry) {
    this.registry = registry;
  }

  /**
   * One stream.
   *
   * @param current whether the client has taken the last view meant for it
   * @param lagging whether it was waited for in vain since it last was
   * @param types per type URL, each resource as it stands
   */
  public record StreamStatus(
      boolean current, boolean lagging, Map<String, List<ResourceStatus>> types) {}

  /**
   * One client.
   *
   * @param pushesPending of the whole server: how many views are queued
   */
  public record NodeStatus(
      String node, String function, int pushesPending, List<StreamStatus> streams) {}

  /** Who has this node id, connected or not. */
  public Optional<WorkloadIdentity> workload(String node) {
    return registry.workloads().stream().filter(w -> w.nodeId().equals(node)).findFirst();
  }

  /** The client's streams, oldest first. */
  public NodeStatus node(WorkloadIdentity identity) {
    List<StreamStatus> streams = new ArrayList<>();
    List<CompletableFuture<Map<String, List<ResourceStatus>>>> asked = new ArrayList<>();
    List<AdsStream<?, ?>> open = registry.streamsOf(identity);
    for (AdsStream<?, ?> stream : open) {
      asked.add(stream.ask(state -> byUrl(state.resources())));
    }
    for (int i = 0; i < open.size(); i++) {
      AdsStream<?, ?> stream = open.get(i);
      streams.add(new StreamStatus(stream.isCurrent(), stream.isLagging(), answer(asked.get(i))));
    }
    return new NodeStatus(
        identity.nodeId(), identity.function().toString(), registry.pushes().pending(), streams);
  }

  private static Map<String, List<ResourceStatus>> answer(
      CompletableFuture<Map<String, List<ResourceStatus>>> asked) {
    return asked.completeOnTimeout(Map.of(), 2, TimeUnit.SECONDS).join();
  }

  private static Map<String, List<ResourceStatus>> byUrl(
      Map<ResourceType, List<ResourceStatus>> resources) {
    Map<String, List<ResourceStatus>> all = new LinkedHashMap<>();
    resources.forEach((type, statuses) -> all.put(type.url(), statuses));
    return all;
  }

  /** All that the client is to hold, in the order of types; secrets as far as it asks for them. */
  public List<XdsResource> wanted(WorkloadIdentity identity) {
    ResourceStore store = registry.store();
    ResourceView view = store == null ? null : store.view(identity.function());
    if (view == null) {
      return List.of();
    }
    NodeStatus status = node(identity);
    List<XdsResource> all = new ArrayList<>();
    for (ResourceType type : ResourceType.SERVED) {
      TreeSet<String> names = new TreeSet<>(view.names(type));
      for (StreamStatus stream : status.streams()) {
        stream.types().getOrDefault(type.url(), List.of()).forEach(r -> names.add(r.name()));
      }
      for (String name : names) {
        XdsResource resource = view.get(type, name);
        if (resource != null) {
          all.add(resource);
        }
      }
    }
    return all;
  }

  /** A resource that the client is to hold, or null. */
  @Nullable XdsResource wanted(WorkloadIdentity identity, String typeUrl, String name) {
    ResourceStore store = registry.store();
    ResourceView view = store == null ? null : store.view(identity.function());
    return view == null ? null : view.get(ResourceType.of(typeUrl), name);
  }

  /** Who is connected. */
  List<WorkloadIdentity> connected() {
    return registry.streams().stream().map(AdsStream::identity).distinct().toList();
  }
}
