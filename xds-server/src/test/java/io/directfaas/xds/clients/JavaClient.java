package io.directfaas.xds.clients;

import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.grpc.ClientInterceptors;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.MetadataUtils;
import io.grpc.xds.CsdsService;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/** The {@link ForeignClient} in Java: grpc-java's own xDS client, in a process of its own. */
final class JavaClient {
  private static final Metadata.Key<String> REPLICA =
      Metadata.Key.of("replica", Metadata.ASCII_STRING_MARSHALLER);

  private final Map<String, ManagedChannel> channels = new HashMap<>();

  private JavaClient() {}

  public static void main(String[] args) throws Exception {
    Server server =
        InProcessServerBuilder.forName("csds").addService(CsdsService.newInstance()).build();
    server.start();
    ManagedChannel csds = InProcessChannelBuilder.forName("csds").build();
    JavaClient client = new JavaClient();
    BufferedReader commands =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    for (String line = commands.readLine(); line != null; line = commands.readLine()) {
      String[] words = line.split(" ");
      switch (words[0]) {
        case "call" -> System.out.println(client.call(words[1], Integer.parseInt(words[2])));
        case "close" -> {
          ManagedChannel channel = client.channels.remove(words[1]);
          if (channel != null) {
            channel.shutdownNow();
          }
          System.out.println("ok");
        }
        case "dump" -> dump(csds);
        default -> throw new IllegalArgumentException(line);
      }
    }
    csds.shutdownNow();
    server.shutdownNow();
  }

  private String call(String target, int seconds) {
    ManagedChannel channel =
        channels.computeIfAbsent(
            target,
            key -> Grpc.newChannelBuilder(key, InsecureChannelCredentials.create()).build());
    AtomicReference<Metadata> headers = new AtomicReference<>(new Metadata());
    AtomicReference<Metadata> trailers = new AtomicReference<>(new Metadata());
    try {
      HealthCheckResponse answer =
          HealthGrpc.newBlockingStub(
                  ClientInterceptors.intercept(
                      channel, MetadataUtils.newCaptureMetadataInterceptor(headers, trailers)))
              .withDeadlineAfter(seconds, TimeUnit.SECONDS)
              .check(HealthCheckRequest.getDefaultInstance());
      return "ok " + headers.get().get(REPLICA) + " " + answer.getStatus();
    } catch (StatusRuntimeException e) {
      Status status = e.getStatus();
      return "error "
          + status.getCode().name().replace("_", "").toUpperCase(Locale.ROOT)
          + " "
          + String.valueOf(status.getDescription()).replaceAll("\\s+", " ");
    }
  }

  private static void dump(ManagedChannel csds) {
    for (ClientConfig config :
        ClientStatusDiscoveryServiceGrpc.newBlockingStub(csds)
            .fetchClientStatus(ClientStatusRequest.getDefaultInstance())
            .getConfigList()) {
      for (GenericXdsConfig resource : config.getGenericXdsConfigsList()) {
        System.out.println(
            String.join(
                " ",
                resource.getTypeUrl(),
                resource.getName(),
                resource.getClientStatus().name(),
                "v:" + resource.getVersionInfo(),
                resource.getErrorState().getDetails().replaceAll("\\s+", " ")));
      }
    }
    System.out.println("end");
  }
}
