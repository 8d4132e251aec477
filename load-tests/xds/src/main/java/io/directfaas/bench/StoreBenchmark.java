package io.directfaas.bench;

import io.directfaas.xds.store.ResourceStore;
import io.directfaas.xds.store.SecretSource;
import java.util.List;
import java.util.concurrent.TimeUnit;
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

/** One change of the graph, as far as the resources it makes anew; each function calls ten. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Fork(
    value = 1,
    jvmArgs = {"-Xmx3g", "-XX:+UseParallelGC"})
@Warmup(iterations = 2, time = 1)
@Measurement(iterations = 4, time = 1)
@SuppressWarnings("NullAway.Init") // by the set-up
public class StoreBenchmark {
  @Param({"1000", "10000"})
  int functions;

  private Graphs graph;
  private Graphs withEdge;
  private Graphs withEndpoint;
  private Graphs withPublic;
  private ResourceStore store;
  private ResourceStore storeOfPublic;

  /** The same graph several times, so that each change is one from the same store. */
  @Setup
  public void build() {
    graph = new Graphs(functions, 10, 0);
    withEdge = new Graphs(functions, 10, 0);
    withEdge.change(delta -> delta.put(withEdge.edge(0, 500)));
    withEndpoint = new Graphs(functions, 10, 0);
    withEndpoint.change(delta -> delta.put(withEndpoint.replica(0, 9000)));
    withPublic = new Graphs(functions, 10, functions / 2);
    storeOfPublic = ResourceStore.of(withPublic.graph(), Bench.resources(), SecretSource.NONE);
    withPublic.change(delta -> delta.put(withPublic.publicEdge(functions - 1)));
    store = ResourceStore.of(graph.graph(), Bench.resources(), SecretSource.NONE);
  }

  @Benchmark
  public ResourceStore.Update oneEdge() {
    return store.update(withEdge.graph(), withEdge.delta());
  }

  @Benchmark
  public ResourceStore.Update oneEndpoint() {
    return store.update(withEndpoint.graph(), withEndpoint.delta());
  }

  /** Of half the functions the ingress has routes already. */
  @Benchmark
  public ResourceStore.Update onePublicFunction() {
    return storeOfPublic.update(withPublic.graph(), withPublic.delta());
  }

  /** As the steps by which no call meets a closed door. */
  @Benchmark
  public List<ResourceStore.Update> oneEdgeInSteps() {
    return store.steps(withEdge.graph(), withEdge.delta());
  }

  /** Where the graph's owner cannot say what has changed: both graphs are compared whole. */
  @Benchmark
  public ResourceStore.Update oneEdgeWithoutADelta() {
    return store.update(withEdge.graph(), null);
  }
}
