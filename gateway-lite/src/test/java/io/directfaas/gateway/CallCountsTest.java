package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.LoadReporter;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Counts that arrive over the wire, as users see them. */
class CallCountsTest {
  private static final FunctionRef HELLO = new FunctionRef("openfaas-fn", "hello");
  private static final Source SOURCE = new Source("r1", "life");

  @TempDir Path dir;

  private static SourceCalls calls(long good, long bad) {
    List<Long> fast = List.of(good, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
    List<Long> slow = List.of(0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, bad);
    return new SourceCalls(
        SOURCE,
        List.of(
            new FunctionCalls(
                HELLO,
                good + bad + 1,
                List.of(
                    new EndedCalls(200, good, 0.5, fast), new EndedCalls(503, bad, 30.0, slow)))));
  }

  private static void report(Gateway gateway, SourceCalls calls) throws Exception {
    ManagedChannel channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.grpcPort()).usePlaintext().build();
    try (LoadReporter reporter =
        new LoadReporter("test", channel, Duration.ofMillis(20), List::of)) {
      reporter.report(calls);
      reporter.whenStored(SOURCE).get(60, TimeUnit.SECONDS);
    } finally {
      channel.shutdownNow();
    }
  }

  @Test
  void countsAreOpenFaaSsAndOutliveARestart() throws Exception {
    try (Gateway gateway = Gateway.start(dir)) {
      gateway.deploy("{\"service\":\"hello\",\"image\":\"local/http\"}");
      assertThat(gateway.get("/system/function/hello").json().path("invocationCount").asLong(-1))
          .isZero();
      report(gateway, calls(7, 2));
      report(gateway, calls(7, 2));
    }
    try (Gateway gateway = Gateway.start(dir)) {
      assertThat(gateway.get("/system/functions").json().path(0).path("invocationCount").asLong())
          .isEqualTo(9);
      report(gateway, calls(10, 2));

      assertThat(gateway.get("/system/function/hello").json().path("invocationCount").asLong())
          .isEqualTo(12);
      assertThat(gateway.metrics("/metrics").body())
          .contains(
              "gateway_function_invocation_total{function_name=\"hello.openfaas-fn\",code=\"200\"}"
                  + " 10\n",
              "gateway_function_invocation_total{function_name=\"hello.openfaas-fn\",code=\"503\"}"
                  + " 2\n",
              "gateway_function_invocation_started{function_name=\"hello.openfaas-fn\"} 13\n",
              "gateway_functions_seconds_bucket{function_name=\"hello.openfaas-fn\",code=\"200\",le=\"0.005\"}"
                  + " 10\n",
              "gateway_functions_seconds_bucket{function_name=\"hello.openfaas-fn\",code=\"503\",le=\"10\"}"
                  + " 0\n",
              "gateway_functions_seconds_bucket{function_name=\"hello.openfaas-fn\",code=\"503\",le=\"+Inf\"}"
                  + " 2\n",
              "gateway_functions_seconds_sum{function_name=\"hello.openfaas-fn\",code=\"503\"}"
                  + " 30.0\n",
              "gateway_functions_seconds_count{function_name=\"hello.openfaas-fn\",code=\"200\"}"
                  + " 10\n",
              "gateway_invocation_function_invocation_inflight{function_name=\"hello.openfaas-fn\"}"
                  + " 1\n");
    }
  }

  @Test
  void aListHasEachFunctionsCountHoweverManyDigitsItHas() throws Exception {
    List<Long> counts = List.of(0L, 9L, 10L, 9_999_999_999L);
    try (Gateway gateway = Gateway.start(dir)) {
      assertThat(gateway.get("/system/functions").body()).isEqualTo("[]");
      List<FunctionCalls> seen = new ArrayList<>();
      for (int i = 0; i < counts.size(); i++) {
        gateway.deploy("{\"service\":\"f" + i + "\",\"image\":\"local/http\"}");
        List<Long> fast = List.of(counts.get(i), 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L, 0L);
        seen.add(
            new FunctionCalls(
                new FunctionRef("openfaas-fn", "f" + i),
                counts.get(i),
                List.of(new EndedCalls(200, counts.get(i), 0.5, fast))));
      }
      // Asked for before, so that what was answered then is not answered again.
      assertThat(gateway.get("/system/functions").json().path(3).path("invocationCount").asLong(-1))
          .isZero();
      report(gateway, new SourceCalls(SOURCE, seen));

      Gateway.Answer list = gateway.get("/system/functions");
      assertThat(list.header("Content-Type")).isEqualTo("application/json");
      assertThat(list.header("Content-Length")).isEqualTo(Integer.toString(list.body().length()));
      for (int i = 0; i < counts.size(); i++) {
        assertThat(list.json().path(i)).isEqualTo(gateway.get("/system/function/f" + i).json());
        assertThat(list.json().path(i).path("invocationCount").asLong(-1)).isEqualTo(counts.get(i));
      }
    }
  }
}
