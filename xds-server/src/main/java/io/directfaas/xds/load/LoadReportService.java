package io.directfaas.xds.load;

import com.google.protobuf.Duration;
import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.WorkloadIdentity;
import io.directfaas.xds.identity.Peer;
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
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

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
  private final ClientLimit limit = new ClientLimit();
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
  public BindableService of(Supplier<Peer> caller) {
    return new LoadReportingServiceGrpc.LoadReportingServiceImplBase() {
      @Override
      public StreamObserver<LoadStatsRequest> streamLoadStats(
          StreamObserver<LoadStatsResponse> client) {
        Reports reports =
            new Reports((ServerCallStreamObserver<LoadStatsResponse>) client, caller.get());
        reports.start();
        return reports;
      }
    };
  }

  @Override
  public void gone(WorkloadIdentity identity) {
    book.forget(identity);
  }

  private final class Reports implements StreamObserver<LoadStatsRequest> {
    private final ServerCallStreamObserver<LoadStatsResponse> client;
    private final Peer peer;

    // gRPC calls one after the other.
    private @Nullable WorkloadIdentity identity;
    private boolean counted;
    private boolean sendsAll;
    private List<String> asked = List.of();

    Reports(ServerCallStreamObserver<LoadStatsResponse> client, Peer peer) {
      this.client = client;
      this.peer = peer;
    }

    void start() {
      client.setOnCancelHandler(this::ended);
      client.disableAutoRequest();
      Status refused = limit.entered(peer);
      if (refused != null) {
        client.onError(refused.asRuntimeException());
        return;
      }
      counted = true;
      client.request(1);
    }

    @Override
    public void onNext(LoadStatsRequest request) {
      WorkloadIdentity known = identity;
      if (known == null || request.hasNode()) {
        Node node = request.hasNode() ? request.getNode() : null;
        Status refused = NodeCheck.check(node, peer);
        WorkloadIdentity said = Reporter.of(peer, request.getNode().getId());
        if (refused == null && known != null && !known.equals(said)) {
          refused = Status.PERMISSION_DENIED.withDescription("node.id: is not the first message's");
        }
        if (refused != null) {
          ended();
          client.onError(refused.asRuntimeException());
          return;
        }
        if (known == null) {
          identity = said;
          sendsAll = request.getNode().getClientFeaturesList().contains(SENDS_ALL);
          ask(said);
          client.request(1);
          return;
        }
      }
      book.put(known, read(known, request));
      if (!sendsAll && !callees.clusters(known).equals(asked)) {
        ask(known);
      }
      try {
        var unused =
            timer.schedule(() -> client.request(1), interval.toMillis() / 4, TimeUnit.MILLISECONDS);
      } catch (RejectedExecutionException e) {
        // the server is closing, and this stream with it
      }
    }

    private void ended() {
      if (identity != null) {
        book.forget(identity);
      }
      if (counted) {
        counted = false;
        limit.left(peer);
      }
    }

    private void ask(WorkloadIdentity identity) {
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

    private Map<FunctionRef, CalleeLoad> read(WorkloadIdentity identity, LoadStatsRequest request) {
      Map<FunctionRef, CalleeLoad> loads = new HashMap<>();
      for (ClusterStats stats : request.getClusterStatsList()) {
        callees
            .ofCluster(identity, stats.getClusterName())
            .ifPresent(callee -> loads.merge(callee, loadOf(stats), CalleeLoad::plus));
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
      ended();
    }

    @Override
    public void onCompleted() {
      ended();
      client.onCompleted();
    }
  }
}
