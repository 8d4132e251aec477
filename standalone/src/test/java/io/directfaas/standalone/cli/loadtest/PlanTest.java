package io.directfaas.standalone.cli.loadtest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import tools.jackson.databind.json.JsonMapper;

class PlanTest {
  private static final Path PLANS = Path.of("..", "load-tests", "plans");

  private static Plan plan(String json) {
    return Plan.of("p", JsonMapper.builder().build().readTree(json.replace('\'', '"')));
  }

  @ParameterizedTest
  @ValueSource(strings = {"full", "goals", "quick"})
  void the_plans_that_come_with_it_can_be_read(String name) {
    assertThat(Plan.names(PLANS)).contains(name);
    assertThat(Plan.read(PLANS.resolve(name + ".json")).scenarios()).isNotEmpty();
  }

  @Test
  void the_plan_named_goals_measures_every_goal_that_needs_no_given_gateway() {
    Plan goals = Plan.read(PLANS.resolve("goals.json"));
    assertThat(Goal.all())
        .filteredOn(goal -> goal.against() != Way.BASELINE)
        .allSatisfy(
            goal -> {
              assertThat(goals.fabrics()).contains(goal.fabric());
              assertThat(goals.ways()).contains(goal.way());
              assertThat(goals.scenarios())
                  .anyMatch(
                      scenario ->
                          scenario.sameCalls(goal.scenario())
                              && scenario.meanwhile() == goal.scenario().meanwhile());
            });
  }

  @Test
  void lists_are_multiplied() {
    Plan plan =
        plan(
            """
            {'fabrics': ['ovs'], 'ways': ['name'], 'scenarios': [
              {'name': 'x', 'clients': [1, 2], 'bytes': [1024, 2048], 'chain': 3},
              {'name': 'y', 'meanwhile': ['nothing', 'churn']}]}
            """);
    assertThat(plan.scenarios())
        .containsExactly(
            new Scenario("x", 1, 1024, 3, 0, Meanwhile.NOTHING),
            new Scenario("x", 1, 2048, 3, 0, Meanwhile.NOTHING),
            new Scenario("x", 2, 1024, 3, 0, Meanwhile.NOTHING),
            new Scenario("x", 2, 2048, 3, 0, Meanwhile.NOTHING),
            new Scenario("y", 1, 1024, 4, 0, Meanwhile.NOTHING),
            new Scenario("y", 1, 1024, 4, 0, Meanwhile.CHURN));
    assertThat(plan.longestChain()).isEqualTo(4);
    assertThat(plan.has(Meanwhile.CHURN)).isTrue();
    assertThat(plan.has(Meanwhile.FLOOD)).isFalse();
  }

  @Test
  void calls_may_arrive_at_a_rate_that_goes_up_and_down() {
    Plan plan =
        plan(
            """
            {'fabrics': ['ovs'], 'ways': ['name'], 'scenarios': [
              {'name': 'x', 'clients': 64, 'rate': 100, 'swing': 0.9, 'meanwhile': 'cold'},
              {'name': 'y', 'app': 'image', 'ways': ['nginx']}]}
            """);
    assertThat(plan.scenarios())
        .containsExactly(
            new Scenario("x", 64, 1024, 4, 0, Meanwhile.COLD, App.ECHO, 100, 0.9, Set.of()),
            new Scenario(
                "y", 1, 1024, 4, 0, Meanwhile.NOTHING, App.IMAGE, 0, 0, Set.of(Way.NGINX)));
    assertThat(plan.isScaled()).isTrue();
    assertThat(plan.has(App.IMAGE)).isTrue();
    assertThat(plan.scenarios().getFirst().title())
        .isEqualTo("x, 100 calls/s ± 90 %, 1 KiB, 4 functions, with cold");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'fabrics': ['wool'] | fabrics: 'wool' is neither ovs nor bridge",
        "'fabrics': [] | fabrics: names none",
        "'ways': ['pigeon'] | ways: 'pigeon' is no way to call",
        "'ways': ['baseline'] | ways: 'baseline' is no way to call",
        "'scenarios': [] | scenarios: there are none",
        "'scenarios': [{'ways': ['pigeon']}] | scenarios.ways: 'pigeon' is no way to call",
        "'scenarios': [{'clients': 0}] | clients: 0 is not 1 to 1024",
        "'scenarios': [{'chain': 17}] | chain: 17 is not 1 to 16",
        "'scenarios': [{'bytes': 'many'}] | scenarios.bytes: \"many\" is not a whole number",
        "'scenarios': [{'meanwhile': 'rain'}] | scenarios.meanwhile: 'rain' is none of nothing,"
            + " flood, churn, cold, scaling",
        "'scenarios': [{'app': 'none'}] | scenarios.app: 'none' is neither echo nor image",
        "'scenarios': [{'swing': 0.5}] | swing: 0.5 is not 0 without a rate",
        "'scenarios': [{'app': 'image', 'meanwhile': 'cold'}] | meanwhile: 'cold' is not there for"
            + " the image pipeline",
        "'rounds': 0 | rounds: 0 is not 1 to 100",
        "'seconds': 0 | seconds: 0.0 is not 0 to 300",
      },
      quoteCharacter = '^')
  void what_is_wrong_is_named(String wrong, String message) {
    String right = "{'fabrics': ['ovs'], 'ways': ['name'], 'scenarios': [{'name': 'x'}], ";
    assertThatThrownBy(() -> plan(right + wrong + "}")).hasMessage(message);
  }
}
