package io.directfaas.xds.load;

import com.google.protobuf.Duration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.load.LoadBook.CalleeLoad;
import io.directfaas.xds.stream.NodeCheck;
import io.directfaas.xds.stream.WorkloadService;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterStats;
import io.envoyproxy.envoy.config.endpoint.v3.UpstreamLocalityStats;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.grpc.BindableService;
import io.grpc.Status;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * The load reporting service of xDS, for Envoy and gRPC clients alike. A client is asked for the
 * load of its callees once per interval; what it says of others is dropped, and who reports more
 * often than a quarter of the interval is not read any faster.
 */
public final class LoadReportService implements WorkloadService, AutoCloseable {
  /** Envoy's and gRPC's name for clients that can be asked for everything at once. */
  private static final String SENDS_ALL = "envoy.lrs.supports_send_all_clusters";

  private final LoadBook book;
  private final Callees callees;
  private final java.time.Duration interval;
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("lrs-timer").factory());

  /**
   * @param interval how often clients are to report
   */
  public LoadReportService(LoadBook book, Callees callees, java.time.Duration interval) {
    this.book = book;
    this.callees = callees;
    this.interval = interval;
  }

  @Override
  public void close() {
    timer.shutdownNow();
  }

  @Override
  public BindableService of(WorkloadIdentity identity) {
    return new LoadReportingServiceGrpc.LoadReportingServiceImplBase() {
      @Override
      public StreamObserver<LoadStatsRequest> streamLoadStats(
          StreamObserver<LoadStatsResponse> client) {
        return new Reports((ServerCallStreamObserver<LoadStatsResponse>) client, identity);
      }
    };
  }

  @Override
  public void gone(WorkloadIdentity identity) {
    book.forget(identity);
  }

  private final class Reports implements StreamObserver<LoadStatsRequest> {
    private final ServerCallStreamObserver<LoadStatsResponse> client;
    private final WorkloadIdentity identity;

    // gRPC calls one after the other.
    private boolean identified;
    private boolean sendsAll;
    private List<String> asked = List.of();

    Reports(ServerCallStreamObserver<LoadStatsResponse> client, WorkloadIdentity identity) {
      this.client = client;
      this.identity = identity;
      client.setOnCancelHandler(() -> book.forget(identity));
      client.disableAutoRequest();
      client.request(1);
    }

    @Override
    public void onNext(LoadStatsRequest request) {
      if (!identified || request.hasNode()) {
        Node node = request.hasNode() ? request.getNode() : null;
        Status refused = NodeCheck.check(node, identity);
        if (refused != null) {
          client.onError(refused.asRuntimeException());
          return;
        }
      }
      if (!identified) {
        identified = true;
        sendsAll = request.getNode().getClientFeaturesList().contains(SENDS_ALL);
        ask();
        client.request(1);
        return;
      }
      book.put(identity, read(request));
      if (!sendsAll && !callees.clusters(identity).equals(asked)) {
        ask();
      }
      try {
        var unused =
            timer.schedule(() -> client.request(1), interval.toMillis() / 4, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // the server is closing, and this stream with it
      }
    }

    private void ask() {
      LoadStatsResponse.Builder answer =
          LoadStatsResponse.newBuilder()
              .setLoadReportingInterval(
                  Duration.newBuilder()
                      .setSeconds(interval.toSeconds())
                      .setNanos(interval.getNano()));
      if (sendsAll) {
        answer.setSendAllClusters(true);
      } else {
        asked = callees.clusters(identity);
        answer.addAllClusters(asked);
      }
      client.onNext(answer.build());
    }

    private Map<FunctionRef, CalleeLoad> read(LoadStatsRequest request) {
      Map<FunctionRef, CalleeLoad> loads = new HashMap<>();
      for (ClusterStats stats : request.getClusterStatsList()) {
        callees
            .ofCluster(identity, stats.getClusterName())
            .ifPresent(callee -> loads.put(callee, loadOf(stats)));
      }
      return loads;
    }

    private CalleeLoad loadOf(ClusterStats stats) {
      // The client's own word for how long it measured, within reason.
      Duration measured = stats.getLoadReportInterval();
      double seconds = Math.clamp(measured.getSeconds() + measured.getNanos() / 1e9, 0.1, 60);
      long issued = 0;
      long failed = 0;
      long inFlight = 0;
      for (UpstreamLocalityStats locality : stats.getUpstreamLocalityStatsList()) {
        issued += Math.max(0, locality.getTotalIssuedRequests());
        failed += Math.max(0, locality.getTotalErrorRequests());
        inFlight += Math.max(0, locality.getTotalRequestsInProgress());
      }
      return new CalleeLoad(issued / seconds, failed / seconds, inFlight);
    }

    @Override
    public void onError(Throwable error) {
      book.forget(identity);
    }

    @Override
    public void onCompleted() {
      book.forget(identity);
      client.onCompleted();
    }
  }
}
