package io.directfaas.xds.clients;

import io.grpc.ForwardingServerCall.SimpleForwardingServerCall;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;

/** Functions that are gRPC servers, in plain HTTP/2: the health service, which says who it is. */
final class GrpcBackends implements AutoCloseable {
  private static final Metadata.Key<String> REPLICA =
      Metadata.Key.of("replica", Metadata.ASCII_STRING_MARSHALLER);

  private final Map<String, Server> servers = new HashMap<>();

  /** Starts one and returns its port. */
  int start(String replica) throws IOException {
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(new HealthStatusManager().getHealthService())
            .intercept(new Naming(replica))
            .build()
            .start();
    servers.put(replica, server);
    return server.getPort();
  }

  void stop(String replica) throws InterruptedException {
    Server server = Objects.requireNonNull(servers.get(replica));
    server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    servers.values().forEach(Server::shutdownNow);
  }

  private record Naming(String replica) implements ServerInterceptor {
    @Override
    public <Q, P> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
      ServerCall<Q, P> named =
          new SimpleForwardingServerCall<>(call) {
            @Override
            public void sendHeaders(Metadata sent) {
              sent.put(REPLICA, replica);
              super.sendHeaders(sent);
            }
          };
      return next.startCall(named, headers);
    }
  }
}
