package io.directfaas.graph;

import static io.directfaas.graph.Sample.ref;
import static org.assertj.core.api.Assertions.assertThat;

import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class DeclarationsTest {

  private static FunctionDeclaration declare(String function, Map<String, String> annotations) {
    FunctionDeclaration.Parsed parsed = FunctionDeclaration.parse(ref(function), annotations);
    assertThat(parsed.violations()).isEmpty();
    return parsed.value();
  }

  private static Set<String> edges(Declarations declarations) {
    return declarations.edges().stream()
        .filter(edge -> edge.origin() != EdgeOrigin.PUBLIC)
        .map(edge -> edge.key().toString())
        .collect(Collectors.toSet());
  }

  @Test
  void aCallBecomesAnEdgeWhenItsCalleeIsDeployed() {
    Declarations waiting =
        Declarations.none().with(declare("a", Map.of(Annotations.CALLS, "b, c")));
    Declarations deployed = waiting.with(declare("b", Map.of()));

    assertThat(edges(waiting)).isEmpty();
    assertThat(edges(deployed)).containsExactly("acme/a -> acme/b");
    assertThat(edges(deployed.without(ref("b")))).isEmpty();
  }

  @Test
  void anEdgeAcrossTenantsNeedsBothSides() {
    FunctionDeclaration spy = declare("globex/spy", Map.of(Annotations.CALLS, "acme/a"));
    Declarations oneSide = Declarations.none().with(spy).with(declare("a", Map.of()));

    assertThat(edges(oneSide)).isEmpty();
    for (String pattern : List.of("globex/*", "globex/spy", "*", "other/*, globex/spy")) {
      assertThat(edges(oneSide.with(declare("a", Map.of(Annotations.ALLOW_CALLERS, pattern)))))
          .as(pattern)
          .containsExactly("globex/spy -> acme/a");
    }
    assertThat(edges(oneSide.with(declare("a", Map.of(Annotations.ALLOW_CALLERS, "globex/other")))))
        .isEmpty();
    assertThat(
            edges(
                Declarations.none()
                    .with(declare("a", Map.of(Annotations.ALLOW_CALLERS, "globex/*")))
                    .with(declare("globex/spy", Map.of()))))
        .isEmpty();
  }

  @Test
  void aFunctionIsPublicUnlessItSaysNo() {
    Declarations declarations =
        Declarations.none()
            .with(declare("a", Map.of()))
            .with(declare("b", Map.of(Annotations.PUBLIC, "false")));

    assertThat(declarations.edges())
        .containsExactly(
            new Edge(FunctionRef.INGRESS, ref("a"), DataPath.FABRIC, EdgeOrigin.PUBLIC));
  }

  @Test
  void aTenantsPolicyAllowsEveryCallInsideIt() {
    Declarations declarations =
        Declarations.none()
            .with(new Tenant("acme", 2, EdgePolicy.TENANT, DataPath.FABRIC))
            .with(declare("a", Map.of(Annotations.CALLS, "b")))
            .with(declare("b", Map.of()))
            .with(declare("globex/spy", Map.of()));

    assertThat(edges(declarations))
        .containsExactlyInAnyOrder("acme/a -> acme/b", "acme/b -> acme/a");
    assertThat(declarations.edgesOf(ref("a")))
        .contains(new Edge(ref("a"), ref("b"), DataPath.FABRIC, EdgeOrigin.CALLS))
        .contains(new Edge(ref("b"), ref("a"), DataPath.FABRIC, EdgeOrigin.POLICY));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "directfaas.io/calls | B | 'B' is not a function",
        "directfaas.io/calls | a/b/c | 'a/b/c' is not a function",
        "directfaas.io/calls | directfaas-system/ingress | cannot be called",
        "directfaas.io/public | yes | 'yes' is neither true nor false",
        "directfaas.io/allow-callers | acme | 'acme' is not a caller",
        "directfaas.io/allow-callers | */x | '*/x' is not a caller",
        "directfaas.io/names | proxy | 'proxy' is neither replica nor sidecar",
        "directfaas.io/call | b | is not an annotation of a function that this version knows",
      })
  void aBadAnnotationOfAFunctionIsNamed(String key, String value, String problem) {
    assertThat(FunctionDeclaration.parse(ref("a"), Map.of(key, value)).violations())
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.field()).isEqualTo("annotations[\"" + key + "\"]");
              assertThat(violation.problem()).contains(problem);
            });
  }

  @Test
  void theCalleesTenantDecidesHowACallIsCarried() {
    Declarations declarations =
        Declarations.none()
            .with(new Tenant("acme", 2, EdgePolicy.EDGES, DataPath.FABRIC))
            .with(new Tenant("globex", 3, EdgePolicy.EDGES, DataPath.MTLS))
            .with(
                FunctionDeclaration.parse(ref("a"), Map.of(Annotations.CALLS, "b, globex/spy"))
                    .value())
            .with(FunctionDeclaration.parse(ref("b"), Map.of()).value())
            .with(
                FunctionDeclaration.parse(
                        ref("globex/spy"), Map.of(Annotations.ALLOW_CALLERS, "acme/a"))
                    .value());
    assertThat(declarations.edges())
        .contains(
            new Edge(ref("a"), ref("b"), DataPath.FABRIC, EdgeOrigin.CALLS),
            new Edge(ref("a"), ref("globex/spy"), DataPath.MTLS, EdgeOrigin.CALLS),
            new Edge(FunctionRef.INGRESS, ref("globex/spy"), DataPath.MTLS, EdgeOrigin.PUBLIC));
    assertThat(TenantDeclaration.parse(Map.of(Annotations.DATA_PATH, "mtls")).value().dataPath())
        .isEqualTo(DataPath.MTLS);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "directfaas.io/policy | all | 'all' is neither edges nor tenant",
        "directfaas.io/data-path | wire | 'wire' is neither fabric nor mtls",
        "directfaas.io/names | both | 'both' is neither replica nor sidecar",
        "directfaas.io/bandwith | 1Mbit | is not an annotation of a namespace",
        "directfaas.io/bandwidth | fast | 'fast' is no bandwidth: a number and kbit, Mbit or Gbit",
        "directfaas.io/bandwidth | 100 | '100' is no bandwidth",
        "directfaas.io/bandwidth | -1Mbit | '-1Mbit' is no bandwidth",
        "directfaas.io/bandwidth | 999kbit | '999kbit' is not between 1Mbit and",
        "directfaas.io/bandwidth | 9999999Gbit | '9999999Gbit' is not between 1Mbit and",
      })
  void aBadAnnotationOfANamespaceIsNamed(String key, String value, String problem) {
    assertThat(TenantDeclaration.parse(Map.of(key, value)).violations())
        .singleElement()
        .satisfies(
            violation -> {
              assertThat(violation.field()).isEqualTo("annotations[\"" + key + "\"]");
              assertThat(violation.problem()).contains(problem);
            });
  }

  @ParameterizedTest
  @CsvSource({"100Mbit, 100000", "1.5Gbit, 1500000", "2500 kbit, 2500", "1mbit, 1000"})
  void aBandwidthIsReadInTheUnitsOfTc(String text, long kbps) {
    TenantDeclaration.Parsed parsed =
        TenantDeclaration.parse(Map.of("directfaas.io/bandwidth", text));
    assertThat(parsed.violations()).isEmpty();
    assertThat(parsed.value().bandwidth()).isEqualTo(new Bandwidth(kbps));
  }

  @Test
  void withoutTheAnnotationThereIsNoLimit() {
    assertThat(TenantDeclaration.parse(Map.of()).value().bandwidth()).isNull();
  }

  @Test
  void annotationsOfOthersAreNobodysBusiness() {
    assertThat(
            FunctionDeclaration.parse(ref("a"), Map.of("com.openfaas.health.http.path", "/healthz"))
                .violations())
        .isEmpty();
  }

  @ParameterizedTest
  @MethodSource("io.directfaas.graph.Sample#seeds")
  void changesOfTouchedFunctionsAddUpToAllEdges(long seed) {
    Random random = new Random(seed);
    Declarations declarations = Declarations.none();
    Map<Edge.Key, Edge> followed = new HashMap<>();
    for (int i = 0; i < 40; i++) {
      Declarations before = declarations;
      Set<FunctionRef> touched = new HashSet<>();
      FunctionRef ref = ref((random.nextBoolean() ? "acme/f" : "globex/f") + random.nextInt(5));
      switch (random.nextInt(4)) {
        case 0 -> declarations = declarations.without(ref);
        case 1 -> {
          EdgePolicy policy = random.nextBoolean() ? EdgePolicy.TENANT : EdgePolicy.EDGES;
          declarations = declarations.with(new Tenant("acme", 2, policy, DataPath.FABRIC));
          touched.addAll(declarations.functionsOf("acme"));
        }
        default -> {
          Map<String, String> annotations = new HashMap<>();
          annotations.put(
              Annotations.CALLS, "f" + random.nextInt(5) + ", globex/f" + random.nextInt(5));
          annotations.put(Annotations.PUBLIC, String.valueOf(random.nextBoolean()));
          if (random.nextBoolean()) {
            annotations.put(Annotations.ALLOW_CALLERS, "acme/*");
          }
          declarations = declarations.with(declare(ref.toString(), annotations));
        }
      }
      touched.add(ref);
      GraphDelta.Builder changes = new GraphDelta.Builder();
      Declarations.edgeChanges(before, declarations, touched, changes);
      GraphDelta delta = changes.build(i, i + 1);
      delta.removedEdges().forEach(followed::remove);
      delta.putEdges().forEach(edge -> followed.put(edge.key(), edge));

      assertThat(Set.copyOf(followed.values())).isEqualTo(declarations.edges());
    }
  }
}
