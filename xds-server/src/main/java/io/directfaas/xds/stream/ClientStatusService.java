package io.directfaas.xds.stream;

import com.google.protobuf.Any;
import com.google.protobuf.Timestamp;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.protocol.ResourceStatus;
import io.directfaas.xds.protocol.XdsResource;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.admin.v3.UpdateFailureState;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.grpc.stub.StreamObserver;
import java.util.List;
import java.util.function.Supplier;

/**
 * The client status discovery service: each resource as this server sees it at its clients. A
 * workload sees itself and no other. Secrets come without their private bytes.
 */
final class ClientStatusService
    extends ClientStatusDiscoveryServiceGrpc.ClientStatusDiscoveryServiceImplBase {
  private final Inspection inspection;
  private final Supplier<List<WorkloadIdentity>> visible;

  ClientStatusService(Inspection inspection, Supplier<List<WorkloadIdentity>> visible) {
    this.inspection = inspection;
    this.visible = visible;
  }

  @Override
  public void fetchClientStatus(
      ClientStatusRequest request, StreamObserver<ClientStatusResponse> client) {
    client.onNext(answer(request, visible.get()));
    client.onCompleted();
  }

  @Override
  public StreamObserver<ClientStatusRequest> streamClientStatus(
      StreamObserver<ClientStatusResponse> client) {
    List<WorkloadIdentity> seen = visible.get();
    return new StreamObserver<>() {
      @Override
      public void onNext(ClientStatusRequest request) {
        client.onNext(answer(request, seen));
      }

      @Override
      public void onError(Throwable error) {
        // The stream is gone; there is nothing to undo.
      }

      @Override
      public void onCompleted() {
        client.onCompleted();
      }
    };
  }

  private ClientStatusResponse answer(ClientStatusRequest request, List<WorkloadIdentity> seen) {
    ClientStatusResponse.Builder response = ClientStatusResponse.newBuilder();
    for (WorkloadIdentity identity : seen) {
      response.addConfig(config(identity, !request.getExcludeResourceContents()));
    }
    return response.build();
  }

  private ClientConfig config(WorkloadIdentity identity, boolean contents) {
    ClientConfig.Builder config =
        ClientConfig.newBuilder()
            .setNode(
                Node.newBuilder()
                    .setId(identity.nodeId())
                    .setCluster(identity.function().toString()));
    for (Inspection.StreamStatus stream : inspection.node(identity).streams()) {
      stream
          .types()
          .forEach(
              (url, resources) -> {
                for (ResourceStatus resource : resources) {
                  config.addGenericXdsConfigs(generic(identity, url, resource, contents));
                }
              });
    }
    return config.build();
  }

  private GenericXdsConfig generic(
      WorkloadIdentity identity, String url, ResourceStatus resource, boolean contents) {
    XdsResource wanted = inspection.wanted(identity, url, resource.name());
    GenericXdsConfig.Builder config =
        GenericXdsConfig.newBuilder()
            .setTypeUrl(url)
            .setName(resource.name())
            .setVersionInfo(resource.acked());
    if (resource.ackedAt() > 0) {
      config.setLastUpdated(time(resource.ackedAt()));
    }
    if (contents && wanted != null && wanted.version().equals(resource.acked())) {
      config.setXdsConfig(Redaction.of(wanted.body()));
    }
    if (!resource.refused().isEmpty()) {
      config.setConfigStatus(ConfigStatus.ERROR).setClientStatus(ClientResourceStatus.NACKED);
      UpdateFailureState.Builder failure =
          UpdateFailureState.newBuilder()
              .setDetails(resource.refusal())
              .setVersionInfo(resource.refused())
              .setLastUpdateAttempt(time(resource.refusedAt()));
      if (contents && wanted != null && wanted.version().equals(resource.refused())) {
        Any body = Redaction.of(wanted.body());
        failure.setFailedConfiguration(body);
      }
      config.setErrorState(failure);
    } else if (!resource.sent().isEmpty()) {
      config.setConfigStatus(ConfigStatus.STALE).setClientStatus(ClientResourceStatus.REQUESTED);
    } else if (!resource.acked().isEmpty()) {
      boolean same = wanted != null && wanted.version().equals(resource.acked());
      config
          .setConfigStatus(same ? ConfigStatus.SYNCED : ConfigStatus.STALE)
          .setClientStatus(ClientResourceStatus.ACKED);
    } else {
      config
          .setConfigStatus(ConfigStatus.NOT_SENT)
          .setClientStatus(
              wanted == null
                  ? ClientResourceStatus.DOES_NOT_EXIST
                  : ClientResourceStatus.REQUESTED);
    }
    return config.build();
  }

  private static Timestamp time(long millis) {
    return Timestamp.newBuilder()
        .setSeconds(millis / 1000)
        .setNanos((int) (millis % 1000) * 1_000_000)
        .build();
  }
}
