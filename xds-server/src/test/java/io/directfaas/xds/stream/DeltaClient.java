package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Speaks the incremental variant; sends its node once. */
final class DeltaClient extends RawStream<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  private boolean introduced;

  DeltaClient(Channel channel, String node, String cluster) {
    this(
        channel,
        AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
        node,
        cluster,
        -1);
  }

  DeltaClient(
      Channel channel,
      MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> method,
      String node,
      String cluster,
      int initialRequests) {
    super(channel, method, node, cluster, initialRequests);
  }

  DeltaClient request(DeltaDiscoveryRequest.Builder request) {
    if (!introduced) {
      introduced = true;
      request.setNode(node);
    }
    send(request.build());
    return this;
  }

  DeltaClient subscribe(ResourceType type, String... names) {
    return request(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(type.url())
            .addAllResourceNamesSubscribe(List.of(names)));
  }

  DeltaClient resume(ResourceType type, Map<String, String> versions, String... names) {
    return request(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(type.url())
            .putAllInitialResourceVersions(versions)
            .addAllResourceNamesSubscribe(List.of(names)));
  }

  DeltaClient unsubscribe(ResourceType type, String... names) {
    return request(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(type.url())
            .addAllResourceNamesUnsubscribe(List.of(names)));
  }

  DeltaClient ack(DeltaDiscoveryResponse response) {
    return request(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce()));
  }

  DeltaClient nack(DeltaDiscoveryResponse response) {
    return request(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce())
            .setErrorDetail(
                com.google.rpc.Status.newBuilder()
                    .setCode(Code.INVALID_ARGUMENT_VALUE)
                    .setMessage("bad")));
  }

  /** As {@code "Cluster: a@1 -b"}. */
  static String text(DeltaDiscoveryResponse response) {
    List<String> words = new ArrayList<>();
    for (Resource resource : response.getResourcesList()) {
      words.add(resource.getName() + "@" + resource.getVersion());
    }
    response.getRemovedResourcesList().stream().sorted().forEach(name -> words.add("-" + name));
    return ResourceType.of(response.getTypeUrl()).label() + ": " + String.join(" ", words);
  }

  /** Waits for a response that says this, and acks it. */
  DeltaClient gets(String expected) {
    DeltaDiscoveryResponse response = next();
    assertThat(text(response)).isEqualTo(expected);
    return ack(response);
  }

  /** Waits for a response that says this, and refuses it. */
  DeltaClient refuses(String expected) {
    DeltaDiscoveryResponse response = next();
    assertThat(text(response)).isEqualTo(expected);
    return nack(response);
  }

  /** The server has nothing to say to all that has been sent. */
  DeltaClient getsNothing() {
    String probe = nextProbe();
    request(
        DeltaDiscoveryRequest.newBuilder().setTypeUrl(probe).addResourceNamesSubscribe("probe"));
    DeltaDiscoveryResponse response = next();
    assertThat(response.getTypeUrl()).as(text(response)).isEqualTo(probe);
    return ack(response);
  }
}
