package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.Graph;
import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.pipeline.Compiled;
import io.directfaas.sdn.pipeline.Flow;
import io.directfaas.sdn.pipeline.FlowKind;
import io.directfaas.sdn.pipeline.FlowMap;
import io.directfaas.sdn.pipeline.Pipeline;
import io.directfaas.sdn.pipeline.Port;
import io.directfaas.sdn.pipeline.Site;
import io.directfaas.sdn.testing.GraphFixture;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What all retained graphs want together, and what happens when a step goes wrong. */
class CompilerTest {
  private static final int FUNCTIONS = 8;
  private static final Map<String, Ipv4> NODES =
      Map.of("n1", Ipv4.parse("192.0.2.1"), "n2", Ipv4.parse("192.0.2.2"));

  /** Functions of which every second one is on another node. */
  private static GraphFixture functions() {
    GraphFixture fixture = new GraphFixture().tenant("acme");
    for (int f = 0; f < FUNCTIONS; f++) {
      String name = "acme/f" + f;
      fixture
          .function(name)
          .replica(GraphFixture.on("n" + (1 + f % 2), GraphFixture.replica(name, "f" + f, f + 2)));
    }
    return fixture;
  }

  private static Site site(int plugged) {
    Map<String, Port> ports = new HashMap<>();
    for (int f = 0; f < plugged; f++) {
      ports.put("f" + f, new Port(f + 2, null));
    }
    return new Site("n1", ports, 100, NODES);
  }

  private static Target carrying(List<Graph> graphs, Target.Grants grants) {
    RetainedGraphs retained = RetainedGraphs.NONE;
    for (Graph graph : graphs) {
      retained = retained.with(graph);
    }
    return new Target(retained, grants);
  }

  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4})
  void whatIsWantedIsTheUnionOfWhatEachGraphWants(long seed) {
    Random random = new Random(seed);
    GraphFixture fixture = functions();
    Compiler compiler = new Compiler();
    List<Graph> retained = new ArrayList<>(List.of(fixture.next()));
    Site site = site(FUNCTIONS);
    FlowMap before = FlowMap.EMPTY;
    for (int step = 0; step < 120; step++) {
      String caller = "acme/f" + random.nextInt(FUNCTIONS);
      String callee = "acme/f" + random.nextInt(FUNCTIONS);
      switch (random.nextInt(5)) {
        case 0 -> retained.add(fixture.withoutEdge(caller, callee).next());
        case 1, 2 -> retained.add(fixture.edge(caller, callee).next());
        case 3 -> site = site(1 + random.nextInt(FUNCTIONS));
        default -> {
          // As one that watches does that has failed to carry the last one out.
          retained.add(fixture.next());
          fixture.edge(caller, callee);
        }
      }
      while (retained.size() > 1 + random.nextInt(3)) {
        retained.removeFirst();
      }
      Target.Grants grants =
          random.nextBoolean() ? Target.Grants.EVERYWHERE : Target.Grants.AT_DESTINATION;
      WantedFlows wanted = compiler.compile(carrying(retained, grants), site);
      Map<Flow.Key, Flow> expected = union(retained, site, grants);
      assertThat(wanted.flows()).as("seed %d step %d", seed, step).isEqualTo(expected);
      assertThat(wanted.newest().graph()).isSameAs(retained.getLast());

      FlowDiff diff = FlowDiff.between(before, wanted.flows());
      Map<Flow.Key, Flow> turned = new HashMap<>(before);
      diff.delete().forEach(turned::remove);
      diff.add().forEach(flow -> turned.put(flow.key(), flow));
      assertThat(turned).isEqualTo(expected);
      Set<Flow.Key> touched = new HashSet<>(diff.delete());
      diff.add().forEach(flow -> touched.add(flow.key()));
      for (Flow.Key key : touched) {
        assertThat(before.get(key)).isNotEqualTo(expected.get(key));
      }
      before = wanted.flows();
    }
  }

  private static Map<Flow.Key, Flow> union(List<Graph> graphs, Site site, Target.Grants grants) {
    Map<Flow.Key, Flow> union = new HashMap<>();
    for (Graph graph : graphs) {
      Compiled compiled = Pipeline.compile(graph, site);
      boolean heldBack = graph == graphs.getLast() && grants == Target.Grants.AT_DESTINATION;
      for (Flow flow : compiled.flows().values()) {
        boolean callElsewhere =
            flow.cookie().kind() == FlowKind.EDGE && !compiled.hosts(flow.edgeDestination());
        if (!heldBack || !callElsewhere || union.containsKey(flow.key())) {
          union.put(flow.key(), flow);
        }
      }
    }
    return union;
  }

  @Test
  void aStepThatFailsIsMadeGoodByCompilingEverything() {
    GraphFixture fixture = functions().edge("acme/f0", "acme/f2").edge("acme/f2", "acme/f4");
    Compiler compiler =
        new Compiler(
            (graph, site, before) -> {
              throw new IllegalStateException("no");
            });
    Site site = site(FUNCTIONS);
    compiler.compile(carrying(List.of(fixture.next()), Target.Grants.EVERYWHERE), site);
    Graph revoked = fixture.withoutEdge("acme/f0", "acme/f2").next();
    WantedFlows wanted =
        compiler.compile(carrying(List.of(revoked), Target.Grants.EVERYWHERE), site);
    assertThat(wanted.flows()).isEqualTo(Pipeline.compile(revoked, site).flows());
  }

  @Test
  void aStepThatForgotARevokeIsFoundByTheAuditAndPutRight() {
    GraphFixture fixture = functions().edge("acme/f0", "acme/f2");
    Compiler compiler = new Compiler((graph, site, before) -> before);
    Site site = site(FUNCTIONS);
    compiler.compile(carrying(List.of(fixture.next()), Target.Grants.EVERYWHERE), site);
    Graph revoked = fixture.withoutEdge("acme/f0", "acme/f2").next();
    Target target = carrying(List.of(revoked), Target.Grants.EVERYWHERE);
    Map<Flow.Key, Flow> right = Pipeline.compile(revoked, site).flows();
    assertThat(compiler.compile(target, site).flows()).isNotEqualTo(right);

    assertThat(compiler.verify(target, site)).isEqualTo(1);
    assertThat(compiler.compile(target, site).flows()).isEqualTo(right);
    assertThat(compiler.verify(target, site)).isZero();
  }
}
