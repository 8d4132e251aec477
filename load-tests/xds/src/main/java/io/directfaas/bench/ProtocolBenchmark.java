package io.directfaas.bench;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import io.directfaas.xds.protocol.AdsState;
import io.directfaas.xds.protocol.Limits;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.ResourceView;
import io.directfaas.xds.protocol.XdsRequest;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.protocol.XdsResponse;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** The protocol's state of one client: what its stream costs per change, and to begin with. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx1g", "-XX:+UseParallelGC"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
@SuppressWarnings("NullAway.Init") // by the set-up
public class ProtocolBenchmark {
  /** Clusters, each with its endpoints. */
  @Param({"25", "1000"})
  int clusters;

  private View one;
  private View other;
  private AdsState client;
  private boolean turn;

  private record View(long revision, Map<ResourceType, Map<String, XdsResource>> all)
      implements ResourceView {
    @Override
    public @Nullable XdsResource get(ResourceType type, String name) {
      return all.getOrDefault(type, Map.of()).get(name);
    }

    @Override
    public Collection<String> names(ResourceType type) {
      return all.getOrDefault(type, Map.of()).keySet();
    }
  }

  private View view(long revision, String version) {
    Map<ResourceType, Map<String, XdsResource>> all = new HashMap<>();
    for (int i = 0; i < clusters; i++) {
      put(all, ResourceType.CLUSTER, "c" + i, "1");
      put(all, ResourceType.ENDPOINT, "c" + i, i == 0 ? version : "1");
    }
    return new View(revision, all);
  }

  private static void put(
      Map<ResourceType, Map<String, XdsResource>> all,
      ResourceType type,
      String name,
      String version) {
    Any body = Any.newBuilder().setValue(ByteString.copyFrom(new byte[500])).build();
    all.computeIfAbsent(type, t -> new HashMap<>())
        .put(name, new XdsResource(type, name, version, body, List.of()));
  }

  @Setup
  public void connect() {
    one = view(1, "1");
    other = view(2, "2");
    client = connected();
  }

  private AdsState connected() {
    AdsState state = AdsState.aggregated(Limits.DEFAULT, InstantSource.system());
    state.offer(one);
    ask(state, ResourceType.CLUSTER, List.of());
    ask(state, ResourceType.ENDPOINT, new ArrayList<>(one.names(ResourceType.ENDPOINT)));
    takeAll(state);
    return state;
  }

  private static void ask(AdsState state, ResourceType type, List<String> names) {
    state.onRequest(new XdsRequest.Delta(type.url(), "", null, names, List.of(), Map.of()));
  }

  /** Acks all there is to send, and counts the responses. */
  private static int takeAll(AdsState state) {
    int responses = 0;
    for (XdsResponse response = state.next(); response != null; response = state.next()) {
      state.onRequest(
          new XdsRequest.Delta(
              response.type().url(), response.nonce(), null, List.of(), List.of(), Map.of()));
      responses++;
    }
    return responses;
  }

  /** A change of one assignment: offered, sent, acked. */
  @Benchmark
  public int oneEndpointChanged() {
    turn = !turn;
    client.offer(turn ? other : one);
    return takeAll(client);
  }

  /** A client that has nothing yet, until it has all. */
  @Benchmark
  public AdsState aNewClient() {
    return connected();
  }
}
