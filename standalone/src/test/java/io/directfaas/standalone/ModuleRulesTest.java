package io.directfaas.standalone;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import org.junit.jupiter.api.Test;

/** gateway, xds and sdn know the graph and never each other; only standalone sees all. */
class ModuleRulesTest {
  private static final String GRAPH = "io.directfaas.graph..";
  private static final String GATEWAY = "io.directfaas.gateway..";
  private static final String XDS = "io.directfaas.xds..";
  private static final String SDN = "io.directfaas.sdn..";
  private static final String WATCHDOG = "io.directfaas.watchdog..";
  private static final String STANDALONE = "io.directfaas.standalone..";

  private static final JavaClasses CLASSES =
      new ClassFileImporter()
          .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
          .importPackages("io.directfaas");

  @Test
  void the_graph_depends_on_no_other_module() {
    assertThat(CLASSES.stream().anyMatch(c -> c.getPackageName().startsWith("io.directfaas.graph")))
        .isTrue();
    mayNotUse(GRAPH, GATEWAY, XDS, SDN, WATCHDOG, STANDALONE);
  }

  @Test
  void gateway_depends_on_the_graph_only() {
    mayNotUse(GATEWAY, XDS, SDN, WATCHDOG, STANDALONE);
  }

  @Test
  void xds_depends_on_the_graph_only() {
    mayNotUse(XDS, GATEWAY, SDN, WATCHDOG, STANDALONE);
  }

  @Test
  void sdn_depends_on_the_graph_only() {
    mayNotUse(SDN, GATEWAY, XDS, WATCHDOG, STANDALONE);
  }

  @Test
  void the_watchdog_depends_on_no_other_module() {
    mayNotUse(WATCHDOG, GRAPH, GATEWAY, XDS, SDN, STANDALONE);
  }

  @Test
  void the_graph_knows_neither_spring_nor_envoy_nor_openflow() {
    mayNotUse(
        GRAPH, "org.springframework..", "io.envoyproxy..", "org.projectfloodlight.openflow..");
  }

  private static void mayNotUse(String module, String... others) {
    noClasses()
        .that()
        .resideInAPackage(module)
        .should()
        .dependOnClassesThat()
        .resideInAnyPackage(others)
        // A module may be empty of main classes while it is young.
        .allowEmptyShould(true)
        .check(CLASSES);
  }
}
