package io.directfaas.xds.stream;

import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsRequest;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.protocol.XdsResponse;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/**
 * Between the messages of a variant and the protocol's own words.
 *
 * <p>Of a stream of one type, requests need not name it.
 */
sealed interface Wire<Q, P> {
  /** Reasons are kept, one per refused resource; clients write them as long as they like. */
  int MAX_ERROR_LENGTH = 2_000;

  int MAX_TYPE_URL_LENGTH = 256;

  @Nullable Node node(Q message);

  XdsRequest request(Q message);

  P response(XdsResponse response);

  /** In bytes. */
  int size(P message);

  /** The gRPC code by which a NACK says why; OK where it is none. */
  Status.Code errorCode(Q message);

  /** The type of a stream of one type. */
  @Nullable ResourceType only();

  /** Why a request cannot be understood, naming the field; or null. */
  default @Nullable Status check(XdsRequest request) {
    ResourceType type = only();
    if (request.typeUrl().isEmpty()) {
      return Status.INVALID_ARGUMENT.withDescription("type_url: missing on an aggregated stream");
    }
    if (request.typeUrl().length() > MAX_TYPE_URL_LENGTH) {
      return Status.INVALID_ARGUMENT.withDescription(
          "type_url: longer than " + MAX_TYPE_URL_LENGTH + " characters");
    }
    if (type != null && !request.typeUrl().equals(type.url())) {
      return Status.INVALID_ARGUMENT.withDescription(
          "type_url: '" + request.typeUrl() + "' on a stream of " + type.url());
    }
    return null;
  }

  private static String typeUrlOr(@Nullable ResourceType type, String given) {
    return given.isEmpty() && type != null ? type.url() : given;
  }

  private static String shortened(String error) {
    return error.length() <= MAX_ERROR_LENGTH ? error : error.substring(0, MAX_ERROR_LENGTH) + "…";
  }

  private static Status.Code code(com.google.rpc.Status error) {
    return Status.fromCodeValue(error.getCode()).getCode();
  }

  /** State of the world. */
  record Sotw(@Nullable ResourceType only) implements Wire<DiscoveryRequest, DiscoveryResponse> {
    @Override
    public @Nullable Node node(DiscoveryRequest message) {
      return message.hasNode() ? message.getNode() : null;
    }

    @Override
    public XdsRequest request(DiscoveryRequest message) {
      return new XdsRequest.Sotw(
          typeUrlOr(only, message.getTypeUrl()),
          message.getVersionInfo(),
          message.getResponseNonce(),
          message.hasErrorDetail() ? shortened(message.getErrorDetail().getMessage()) : null,
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

    @Override
    public int size(DiscoveryResponse message) {
      return message.getSerializedSize();
    }

    @Override
    public Status.Code errorCode(DiscoveryRequest message) {
      return code(message.getErrorDetail());
    }
  }

  /** Incremental. */
  record Delta(@Nullable ResourceType only)
      implements Wire<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
    @Override
    public @Nullable Node node(DeltaDiscoveryRequest message) {
      return message.hasNode() ? message.getNode() : null;
    }

    @Override
    public XdsRequest request(DeltaDiscoveryRequest message) {
      return new XdsRequest.Delta(
          typeUrlOr(only, message.getTypeUrl()),
          message.getResponseNonce(),
          message.hasErrorDetail() ? shortened(message.getErrorDetail().getMessage()) : null,
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

    @Override
    public int size(DeltaDiscoveryResponse message) {
      return message.getSerializedSize();
    }

    @Override
    public Status.Code errorCode(DeltaDiscoveryRequest message) {
      return code(message.getErrorDetail());
    }
  }
}
