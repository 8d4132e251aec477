package io.directfaas.standalone.cli.loadtest;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.cli.loadtest.CpuMeter.Kind;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class GoalTest {
  private static Measurement measured(
      Scenario scenario, Way way, String fabric, int round, double p50, double foreign) {
    return new Measurement(
        scenario,
        way,
        fabric,
        round,
        new Figures(100, 0, 1, p50, p50, p50, JsonMapper.builder().build().createObjectNode()),
        Map.of(Kind.SIDECARS, 0.1, Kind.DRIVER, 7.0),
        Map.of(),
        foreign,
        0);
  }

  private static Goal goal(Way way, Way against, Scenario scenario) {
    return Goal.all().stream()
        .filter(g -> g.way() == way && g.against() == against && g.scenario().equals(scenario))
        .filter(g -> g.fabric().equals("ovs"))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void compares_within_a_round_and_a_fabric() {
    Goal goal = goal(Way.NAME, Way.NGINX, Goal.SMALL);
    List<Double> ratios =
        goal.ratios(
            List.of(
                measured(Goal.SMALL, Way.NAME, "ovs", 1, 100, 0),
                measured(Goal.SMALL, Way.NGINX, "ovs", 1, 200, 0),
                measured(Goal.SMALL, Way.NGINX, "bridge", 1, 1000, 0),
                measured(Goal.SMALL, Way.NAME, "ovs", 2, 90, 0),
                measured(Goal.SMALL, Way.NGINX, "ovs", 2, 300, 0),
                measured(Goal.MEDIUM, Way.NGINX, "ovs", 2, 5, 0),
                measured(Goal.SMALL, Way.NAME, "ovs", 3, 90, 0)));
    assertThat(ratios).containsExactly(0.3, 0.5);
    assertThat(goal.reachedBy(Spread.median(ratios))).isTrue();
    assertThat(goal.reachedBy(0.6)).isFalse();
  }

  @Test
  void a_goal_at_least_is_reached_from_below_by_nothing() {
    Goal goal = goal(Way.NAME, Way.DIRECT, Goal.BUSY_SMALL);
    assertThat(goal.reachedBy(0.96)).isTrue();
    assertThat(goal.reachedBy(0.94)).isFalse();
  }

  @Test
  void what_goes_on_meanwhile_is_compared_with_the_same_alone() {
    Goal goal = goal(Way.GATEWAY, Way.GATEWAY, Goal.FLOODED);
    Scenario alone = new Scenario(Goal.FLOODED.name(), 1, 1024, 4, 0, Meanwhile.NOTHING);
    assertThat(
            goal.ratios(
                List.of(
                    measured(Goal.FLOODED, Way.GATEWAY, "ovs", 1, 300, 0),
                    measured(alone, Way.GATEWAY, "ovs", 1, 200, 0),
                    // The same calls, but taken for another scenario at another time.
                    measured(Goal.SMALL, Way.GATEWAY, "ovs", 1, 100, 0))))
        .containsExactly(1.5);
  }

  @Test
  void processor_time_is_per_call_and_without_the_drivers() {
    Measurement m = measured(Goal.SMALL, Way.GATEWAY, "ovs", 1, 1, 0.2);
    assertThat(m.cpuMillis()).isEqualTo(1.0);
    assertThat(m.disturbed()).isTrue();
    assertThat(ReportJson.share(List.of(m, measured(Goal.SMALL, Way.NAME, "ovs", 1, 1, 0))))
        .isEqualTo(0.5);
  }

  @Test
  void the_table_says_what_was_not_measured() {
    Plan plan =
        Plan.of(
            "p",
            JsonMapper.builder()
                .build()
                .readTree(
                    "{\"fabrics\":[\"ovs\"],\"ways\":[\"name\"],\"scenarios\":[{\"name\":\"x\"}]}"));
    assertThat(ReportTable.of(plan, List.of()).lines().filter(l -> l.contains("not measured")))
        .hasSize(Goal.all().size());
  }
}
