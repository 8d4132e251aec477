package io.directfaas.xds.stream;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.rpc.Code;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Channel;
import io.grpc.MethodDescriptor;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Speaks the state-of-the-world variant; sends its node once, and its names every time. */
final class SotwClient extends RawStream<DiscoveryRequest, DiscoveryResponse> {
  private final Map<String, List<String>> names = new HashMap<>();
  private final Map<String, String> nonces = new HashMap<>();
  private final Map<String, String> versions = new HashMap<>();
  private boolean introduced;

  SotwClient(Channel channel, String node, String cluster) {
    this(
        channel,
        AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
        node,
        cluster,
        -1);
  }

  SotwClient(
      Channel channel,
      MethodDescriptor<DiscoveryRequest, DiscoveryResponse> method,
      String node,
      String cluster,
      int initialRequests) {
    super(channel, method, node, cluster, initialRequests);
  }

  private SotwClient request(String typeUrl, DiscoveryRequest.Builder request) {
    if (!introduced) {
      introduced = true;
      request.setNode(node);
    }
    send(
        request
            .setTypeUrl(typeUrl)
            .setVersionInfo(versions.getOrDefault(typeUrl, ""))
            .setResponseNonce(nonces.getOrDefault(typeUrl, ""))
            .addAllResourceNames(names.getOrDefault(typeUrl, List.of()))
            .build());
    return this;
  }

  SotwClient subscribe(ResourceType type, String... all) {
    names.put(type.url(), List.of(all));
    return request(type.url(), DiscoveryRequest.newBuilder());
  }

  SotwClient ack(DiscoveryResponse response) {
    nonces.put(response.getTypeUrl(), response.getNonce());
    versions.put(response.getTypeUrl(), response.getVersionInfo());
    return request(response.getTypeUrl(), DiscoveryRequest.newBuilder());
  }

  SotwClient nack(DiscoveryResponse response) {
    nonces.put(response.getTypeUrl(), response.getNonce());
    return request(
        response.getTypeUrl(),
        DiscoveryRequest.newBuilder()
            .setErrorDetail(
                com.google.rpc.Status.newBuilder()
                    .setCode(Code.INVALID_ARGUMENT_VALUE)
                    .setMessage("bad")));
  }

  /** The number of resources; what is in them is not to be told from outside. */
  SotwClient gets(ResourceType type, int resources) {
    DiscoveryResponse response = next();
    assertThat(response.getTypeUrl()).isEqualTo(type.url());
    assertThat(response.getResourcesCount()).isEqualTo(resources);
    return ack(response);
  }

  SotwClient refuses(ResourceType type, int resources) {
    DiscoveryResponse response = next();
    assertThat(response.getTypeUrl()).isEqualTo(type.url());
    assertThat(response.getResourcesCount()).isEqualTo(resources);
    return nack(response);
  }

  /** The server has nothing to say to all that has been sent. */
  SotwClient getsNothing() {
    String probe = nextProbe();
    request(probe, DiscoveryRequest.newBuilder().addResourceNames("probe"));
    DiscoveryResponse response = next();
    assertThat(response.getTypeUrl()).isEqualTo(probe);
    return ack(response);
  }
}
