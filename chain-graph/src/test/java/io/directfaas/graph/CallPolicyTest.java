package io.directfaas.graph;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

class CallPolicyTest {
  private static final FunctionRef A = ref("a");

  private static FunctionRef ref(String text) {
    return FunctionRef.parse(text, "acme");
  }

  private static FunctionDeclaration.Parsed parse(String... keysAndValues) {
    Map<String, String> annotations = new HashMap<>();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      annotations.put("directfaas.io/" + keysAndValues[i], keysAndValues[i + 1]);
    }
    return FunctionDeclaration.parse(A, annotations);
  }

  private static CallPolicy toIt(String... keysAndValues) {
    FunctionDeclaration.Parsed parsed = parse(keysAndValues);
    assertThat(parsed.violations()).isEmpty();
    return parsed.value().policies().toIt();
  }

  @ParameterizedTest
  @CsvSource({
    "timeout, 1m30s, timeout=90s",
    "timeout, 0.5s, timeout=500ms",
    "timeout, 20, timeout=20s",
    "timeout, 120m, timeout=2h",
    "timeout, none, timeout=none",
    "retries, 0, retries=0",
    "retries, 10, retries=10",
    "max-concurrent-calls, 100, max-concurrent-calls=100",
    "max-concurrent-calls, none, max-concurrent-calls=none",
    "outlier-failures, 1, outlier-failures=1",
    "outlier-failures, off, outlier-failures=off",
    "outlier-ejection, 1s, outlier-ejection=1s",
    "outlier-max-ejected, 99%, outlier-max-ejected=99%",
    "outlier-max-ejected, 30 %, outlier-max-ejected=30%",
    "balancing, least-request, balancing=least-request",
    "balancing, random, balancing=random",
    "preconnect, 1.5, preconnect=1.5",
    "preconnect, 3, preconnect=3",
    "idle-connections, 55s, idle-connections=55s",
    "tcp-keepalive, 30s, tcp-keepalive=30s",
    "tcp-keepalive, off, tcp-keepalive=off",
  })
  void aSettingIsReadAndPrintedAsItIsWritten(String key, String value, String printed) {
    assertThat(toIt(key, value)).hasToString(printed);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "timeout | soon | 'soon' on function acme/a is no duration from 1ms to 24h, such as 90s or"
            + " 1m30s, or none",
        "timeout | 0s | '0s' on function acme/a is no duration from 1ms to 24h",
        "timeout | 25h | '25h' on function acme/a is no duration from 1ms to 24h",
        "timeout | -1s | '-1s' on function acme/a is no duration",
        "retries | 11 | '11' on function acme/a is no whole number from 0 to 10",
        "retries | off | 'off' on function acme/a is no whole number from 0 to 10",
        "max-concurrent-calls | 0 | '0' on function acme/a is no whole number from 1 to 1000000, or"
            + " none",
        "outlier-failures | 1.5 | '1.5' on function acme/a is no whole number from 1 to 1000, or"
            + " off",
        "outlier-ejection | 10ms | '10ms' on function acme/a is no duration from 1s to 1h",
        "outlier-max-ejected | 100% | '100%' on function acme/a is no whole percentage from 1% to"
            + " 99%",
        "outlier-max-ejected | 50 | '50' on function acme/a is no whole percentage from 1% to 99%",
        "balancing | best | 'best' on function acme/a is none of least-request, round-robin,"
            + " random",
        "preconnect | 0.5 | '0.5' on function acme/a is no number from 1 to 3 with at most two"
            + " digits",
        "preconnect | 1.555 | '1.555' on function acme/a is no number from 1 to 3",
        "idle-connections | none | 'none' on function acme/a is no duration from 1s to 1h",
        "tcp-keepalive | 3h | '3h' on function acme/a is no duration from 1s to 2h, such as 90s or"
            + " 1m30s, or off",
        "calls-timeout | b | 'b' on function acme/a: is not <callee>=<value>, such as b=30s, or"
            + " *=30s",
        "calls-timeout | b=soon | 'b=soon' on function acme/a: 'soon' is no duration from 1ms",
        "calls-timeout | c=1s | 'c=1s' on function acme/a: 'c' is not in directfaas.io/calls",
        "calls-retries | B=1 | 'B=1' on function acme/a: 'B' is not a function",
        "calls-retries | b=1, acme/b=2 | 'acme/b=2' on function acme/a: 'acme/b' is there twice",
        "calls-balancing | *=best | '*=best' on function acme/a: 'best' is none of",
      })
  void aBadValueIsNamedWithItsFunctionAndTheRule(String key, String value, String problem) {
    assertThat(parse("calls", "b", key, value).violations())
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.field()).isEqualTo("annotations[\"directfaas.io/" + key + "\"]");
              assertThat(violation.problem()).startsWith(problem);
            });
  }

  @Test
  void everyBadValueIsNamed() {
    assertThat(parse("timeout", "x", "retries", "y", "calls-retries", "b=1,c=2").violations())
        .hasSize(4);
  }

  @ParameterizedTest
  @EnumSource(CallSetting.class)
  void aMisspeltSettingIsNotIgnored(CallSetting setting) {
    assertThat(parse(setting.key() + "s", "1").violations())
        .singleElement()
        .satisfies(
            violation ->
                assertThat(violation.problem())
                    .contains("is not an annotation of a function")
                    .contains(setting.annotation())
                    .contains(setting.callerAnnotation()));
  }

  @Test
  void theCallersWordForOneCalleeGoesBeforeItsWordForAllAndThatBeforeTheCallees() {
    DeclaredPolicies policies =
        parse("calls", "b, globex/c", "calls-timeout", "*=30s, globex/c=1s", "calls-retries", "b=0")
            .value()
            .policies();
    assertThat(policies.to(ref("b"))).hasToString("timeout=30s, retries=0");
    assertThat(policies.to(ref("globex/c"))).hasToString("timeout=1s");
    assertThat(policies.to(ref("other"))).hasToString("timeout=30s");
    assertThat(policies.toIt().isEmpty()).isTrue();
    CallPolicy callee = toIt("timeout", "5s", "balancing", "random");
    assertThat(policies.to(ref("b")).over(callee))
        .hasToString("timeout=30s, retries=0, balancing=random");
    assertThat(CallPolicy.NONE.over(callee)).isEqualTo(callee);
  }

  @ParameterizedTest
  @CsvSource({"5, 10, 5", "10, 5, 5", "none, 5, 5", "5, none, 5", "none, none, none"})
  void ofTwoLimitsOnConcurrentCallsTheLowerOneCounts(String caller, String callee, String result) {
    assertThat(toIt("max-concurrent-calls", caller).over(toIt("max-concurrent-calls", callee)))
        .isEqualTo(toIt("max-concurrent-calls", result));
  }

  @Test
  void anEdgeCarriesWhatItsCallerSays() {
    FunctionDeclaration caller = parse("calls", "b", "calls-timeout", "b=2s").value();
    FunctionDeclaration callee =
        FunctionDeclaration.parse(ref("b"), Map.of("directfaas.io/retries", "1")).value();
    Declarations before = Declarations.none().with(caller).with(callee);
    Edge edge =
        new Edge(
            A,
            ref("b"),
            DataPath.FABRIC,
            EdgeOrigin.CALLS,
            CallPolicy.of(CallSetting.TIMEOUT, 2000));
    assertThat(before.edges())
        .contains(
            edge, new Edge(FunctionRef.INGRESS, ref("b"), DataPath.FABRIC, EdgeOrigin.PUBLIC));

    Declarations after = before.with(parse("calls", "b", "calls-timeout", "b=3s").value());
    GraphDelta.Builder changes = new GraphDelta.Builder();
    Declarations.edgeChanges(before, after, List.of(A), changes);
    assertThat(changes.build(1, 2).putEdges())
        .singleElement()
        .satisfies(changed -> assertThat(changed.policy()).hasToString("timeout=3s"));
  }

  @Test
  void whatIsInForceFollowsFromCallerAndCallee() {
    Graph graph =
        Graph.empty("g")
            .apply(
                new GraphDelta.Builder()
                    .put(new Function(ref("b"), 7, NameRoute.REPLICA, toIt("retries", "2")))
                    .build(0, 1));
    Edge edge =
        new Edge(
            A,
            ref("b"),
            DataPath.FABRIC,
            EdgeOrigin.CALLS,
            CallPolicy.of(CallSetting.TIMEOUT, 1500));
    assertThat(CallPolicy.inForce(graph, edge)).hasToString("timeout=1500ms, retries=2");
  }
}
