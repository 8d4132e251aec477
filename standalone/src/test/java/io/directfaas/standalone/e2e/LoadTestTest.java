package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** That the load tests measure what they say; not what comes out. */
class LoadTestTest {
  @TempDir private Path output;

  @Test
  void everyWayIsMeasuredAndReported() throws Exception {
    StackUnderTest.Outcome setup =
        StackUnderTest.execute(
            List.of(StackUnderTest.home().resolve("load-tests/setup.sh").toString()));
    assumeTrue(
        setup.exit() == 0 || !setup.output().contains("need Go"),
        "the load tests are not tested: " + setup.output());
    assertThat(setup.exit()).as(setup.output()).isZero();

    try (StackUnderTest stack = StackUnderTest.create()) {
      String printed = stack.succeed("load-test", "--plan", "smoke", "--output", output.toString());

      assertThat(printed).contains("callee name", "nginx behind nginx", "The report is ");
    }

    JsonNode report = JsonMapper.builder().build().readTree(output.resolve("report.json").toFile());
    Set<String> measured = new HashSet<>();
    Set<String> points = new HashSet<>();
    for (JsonNode each : report.path("measurements")) {
      String which = each.path("fabric").asString() + " " + each.path("way").asString();
      measured.add(which);
      points.add(each.path("app").asString() + " " + each.path("meanwhile").asString());
      assertThat(each.path("figures").path("failed").asInt()).as(each.toString()).isZero();
      assertThat(each.path("figures").path("calls").asInt()).as(which).isPositive();
      assertThat(each.path("gatewayBytes").asLong()).as(which).isNotNegative();
    }
    assertThat(measured).hasSize(12);
    assertThat(points)
        .containsExactlyInAnyOrder(
            "echo nothing",
            "echo flood",
            "echo churn",
            "echo scaling",
            "echo cold",
            "image nothing");
    assertThat(Files.readString(output.resolve("report.html")))
        .contains("const report = {")
        .doesNotContain("/*DATA*/");
    assertThat(Files.readString(output.resolve("goals.md"))).contains("| compared | goal |");
  }
}
