package io.directfaas.graph;

import static io.directfaas.graph.Sample.edge;
import static io.directfaas.graph.Sample.ref;
import static io.directfaas.graph.Sample.replica;
import static io.directfaas.graph.Sample.tenant;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class GraphRulesTest {

  static Stream<Arguments> brokenRules() {
    return Stream.of(
        rule(
            "a tenant's name is a DNS label",
            d -> d.put(tenant("Acme_1", 9)),
            "tenant Acme_1 name: 'Acme_1' is not a DNS label"),
        rule(
            "a label has at most 63 characters",
            d -> d.put(tenant("x".repeat(64), 9)),
            "is not a DNS label"),
        rule("a tenant's id is not 0", d -> d.put(tenant("x", 0)), "tenant x id: 0 is not between"),
        rule(
            "a tenant's id has 16 bits",
            d -> d.put(tenant("x", 65536)),
            "tenant x id: 65536 is not between 1 and 65535"),
        rule(
            "a tenant's id is its own",
            d -> d.put(tenant("x", 2)),
            "tenant x id: 2 belongs to tenant acme"),
        rule(
            "two new tenants do not share an id",
            d -> d.put(tenant("x", 9)).put(tenant("y", 9)),
            "tenant y id: 9 belongs to tenant x"),
        rule(
            "the system tenant's id is reserved",
            d -> d.put(tenant("x", 1)),
            "tenant x id: 1 is for directfaas-system and nobody else"),
        rule(
            "a function's name is a DNS label",
            d -> d.put(new Function(new FunctionRef("acme", "Bad.Name"), 9)),
            "function acme/Bad.Name name: 'Bad.Name' is not a DNS label"),
        rule(
            "a function's namespace exists",
            d -> d.put(new Function(ref("nowhere/f"), 9)),
            "function nowhere/f namespace: there is no namespace 'nowhere'"),
        rule(
            "a function's id has 24 bits",
            d -> d.put(new Function(ref("f"), 1 << 24)),
            "function acme/f id: 16777216 is not between 1 and 16777215"),
        rule(
            "a function's id is its own",
            d -> d.put(new Function(ref("f"), 2)),
            "function acme/f id: 2 belongs to function acme/a"),
        rule(
            "two new functions do not share an id",
            d -> d.put(new Function(ref("f"), 9)).put(new Function(ref("g"), 9)),
            "function acme/g id: 9 belongs to function acme/f"),
        rule(
            "the ingress' id is reserved",
            d -> d.put(new Function(ref("f"), 1)),
            "function acme/f id: 1 is for the ingress and nobody else"),
        rule(
            "nobody deploys into the system tenant",
            d -> d.put(new Function(ref("directfaas-system/f"), 9)),
            "'directfaas-system' is reserved"),
        rule(
            "a replica's id is a DNS label",
            d -> d.put(replica("A 1", "a", "10.88.0.9")),
            "replica A 1 id: 'A 1' is not a DNS label"),
        rule(
            "a replica's function exists",
            d -> d.put(replica("r", "nope", "10.88.0.9")),
            "replica r function: there is no function acme/nope"),
        rule(
            "a replica stays with its function",
            d -> d.put(replica("a-1", "b", "10.88.0.3")),
            "replica a-1 function: was acme/a and cannot change"),
        rule(
            "a replica's address is a host's",
            d -> d.put(replica("r", "a", "224.0.0.1")),
            "replica r ip: 224.0.0.1 is no address of a host"),
        rule(
            "loopback is no replica's address",
            d -> d.put(replica("r", "a", "127.0.0.1")),
            "replica r ip: 127.0.0.1 is no address of a host"),
        rule(
            "an address is used once in a tenant",
            d -> d.put(replica("r", "a", "10.88.0.4")),
            "replica r ip: 10.88.0.4 belongs to replica b-1 of the same tenant"),
        rule(
            "two new replicas do not share an address",
            d -> d.put(replica("r", "a", "10.88.0.9")).put(replica("s", "b", "10.88.0.9")),
            "replica s ip: 10.88.0.9 belongs to replica r of the same tenant"),
        rule(
            "a replica's MAC is a station's",
            d ->
                d.put(
                    new Replica(
                        "r",
                        ref("a"),
                        Ipv4.parse("10.88.0.9"),
                        MacAddress.parse("01:00:5e:00:00:01"),
                        8080,
                        "n",
                        ReplicaState.READY)),
            "replica r mac: 01:00:5e:00:00:01 is no address of a station"),
        rule(
            "a replica's port is a TCP port",
            d ->
                d.put(
                    new Replica(
                        "r",
                        ref("a"),
                        Ipv4.parse("10.88.0.9"),
                        MacAddress.parse("02:00:00:00:00:09"),
                        0,
                        "n",
                        ReplicaState.READY)),
            "replica r port: 0 is not between 1 and 65535"),
        rule(
            "a replica runs somewhere",
            d ->
                d.put(
                    new Replica(
                        "r",
                        ref("a"),
                        Ipv4.parse("10.88.0.9"),
                        MacAddress.parse("02:00:00:00:00:09"),
                        80,
                        " ",
                        ReplicaState.READY)),
            "replica r node: is empty"),
        rule(
            "an edge's caller exists",
            d -> d.put(edge("nope", "b")),
            "edge acme/nope -> acme/b caller: there is no function acme/nope"),
        rule(
            "an edge's callee exists",
            d -> d.put(edge("a", "nope")),
            "edge acme/a -> acme/nope callee: there is no function acme/nope"),
        rule(
            "nobody calls the ingress",
            d -> d.put(edge("a", "directfaas-system/ingress")),
            "callee: the ingress cannot be called"),
        rule(
            "only the ingress has public edges",
            d -> d.put(new Edge(ref("a"), ref("b"), DataPath.FABRIC, EdgeOrigin.PUBLIC)),
            "edge acme/a -> acme/b origin: PUBLIC does not fit the caller"),
        rule(
            "a policy ends at its tenant",
            d -> d.put(new Edge(ref("a"), ref("globex/spy"), DataPath.FABRIC, EdgeOrigin.POLICY)),
            "origin: a tenant's policy ends at the tenant"),
        rule(
            "a tenant with functions stays",
            d -> d.removeTenant("acme"),
            "tenant acme: still has functions: a, b"),
        rule(
            "a function with replicas stays",
            d -> d.removeFunction(ref("a")).removeEdge(edge("a", "b").key()),
            "function acme/a: still has replicas: a-1"),
        rule(
            "a function that calls stays",
            d -> d.removeFunction(ref("a")).removeReplica("a-1"),
            "function acme/a: still calls: acme/b"),
        rule(
            "a function that is called stays",
            d -> d.removeFunction(ref("b")).removeReplica("b-1"),
            "function acme/b: is still called by: acme/a"),
        rule(
            "the ingress stays",
            d -> d.removeFunction(FunctionRef.INGRESS),
            "function directfaas-system/ingress: cannot be removed"));
  }

  private static Arguments rule(String rule, Consumer<GraphDelta.Builder> breaking, String error) {
    return Arguments.of(rule, breaking, error);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("brokenRules")
  void aBrokenRuleIsNamedWithItsField(
      String rule, Consumer<GraphDelta.Builder> breaking, String error) {
    GraphDelta.Builder delta = new GraphDelta.Builder();
    breaking.accept(delta);

    assertThat(GraphRules.check(Sample.small(), delta.build(1, 2)))
        .as(rule)
        .anySatisfy(violation -> assertThat(violation.toString()).contains(error));
  }

  @Test
  void anIdOrAddressGivenUpInAChangeMayBeTakenInTheSameChange() {
    GraphDelta swap =
        new GraphDelta.Builder()
            .removeReplica("a-1")
            .put(replica("a-2", "a", "10.88.0.3"))
            .removeFunction(ref("globex/spy"))
            .put(new Function(ref("f"), 4))
            .build(1, 2);

    assertThat(GraphRules.check(Sample.small(), swap)).isEmpty();
  }

  @Test
  void tenantsMayUseTheSameAddresses() {
    GraphDelta overlap =
        new GraphDelta.Builder().put(replica("spy-1", "globex/spy", "10.88.0.3")).build(1, 2);

    assertThat(GraphRules.check(Sample.small(), overlap)).isEmpty();
  }

  @Test
  void aSmallGraphIsValid() {
    Graph empty = Graph.empty(Sample.GRAPH_ID);

    assertThat(GraphRules.check(empty, GraphDelta.between(empty, Sample.small()))).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.directfaas.graph.Sample#seeds")
  void whatTheGeneratorMakesIsValid(long seed) {
    Random random = new Random(seed);
    Graph graph = Sample.small();
    for (int i = 0; i < 10; i++) {
      GraphDelta change = Sample.randomChange(graph, random);
      assertThat(GraphRules.check(graph, change)).isEmpty();
      graph = graph.apply(change);
    }
  }
}
