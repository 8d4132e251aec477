package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.XdsRequest;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.protocol.XdsResponse;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import org.jspecify.annotations.Nullable;

/** Between the messages of a variant and the protocol's own words. */
sealed interface Wire<Q, P> {
  @Nullable Node node(Q message);

  XdsRequest request(Q message);

  P response(XdsResponse response);

  /** State of the world. */
  record Sotw() implements Wire<DiscoveryRequest, DiscoveryResponse> {
    @Override
    public @Nullable Node node(DiscoveryRequest message) {
      return message.hasNode() ? message.getNode() : null;
    }

    @Override
    public XdsRequest request(DiscoveryRequest message) {
      return new XdsRequest.Sotw(
          message.getTypeUrl(),
          message.getVersionInfo(),
          message.getResponseNonce(),
          message.hasErrorDetail() ? message.getErrorDetail().getMessage() : null,
          message.getResourceNamesList());
    }

    @Override
    public DiscoveryResponse response(XdsResponse response) {
      DiscoveryResponse.Builder message =
          DiscoveryResponse.newBuilder()
              .setTypeUrl(response.type().url())
              .setVersionInfo(response.version())
              .setNonce(response.nonce());
      for (XdsResource resource : response.resources()) {
        message.addResources(resource.body());
      }
      return message.build();
    }
  }

  /** Incremental. */
  record Delta() implements Wire<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    @Override
    public @Nullable Node node(DeltaDiscoveryRequest message) {
      return message.hasNode() ? message.getNode() : null;
    }

    @Override
    public XdsRequest request(DeltaDiscoveryRequest message) {
      return new XdsRequest.Delta(
          message.getTypeUrl(),
          message.getResponseNonce(),
          message.hasErrorDetail() ? message.getErrorDetail().getMessage() : null,
          message.getResourceNamesSubscribeList(),
          message.getResourceNamesUnsubscribeList(),
          message.getInitialResourceVersionsMap());
    }

    @Override
    public DeltaDiscoveryResponse response(XdsResponse response) {
      DeltaDiscoveryResponse.Builder message =
          DeltaDiscoveryResponse.newBuilder()
              .setTypeUrl(response.type().url())
              .setSystemVersionInfo(response.version())
              .setNonce(response.nonce())
              .addAllRemovedResources(response.removed());
      for (XdsResource resource : response.resources()) {
        message.addResources(
            Resource.newBuilder()
                .setName(resource.name())
                .setVersion(resource.version())
                .setResource(resource.body()));
      }
      return message.build();
    }
  }
}
