package io.directfaas.standalone.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectFaasTest {
  @TempDir Path folder;
  private final RecordedTerminal recorded = new RecordedTerminal();

  @Test
  void what_is_not_there_yet_says_so_and_fails() {
    assertThat(run("chain", "list")).isEqualTo(1);
    assertThat(recorded.err()).contains("chains are not there yet");
    assertThat(run("bootstrap", "nginx", "a/b")).isEqualTo(1);
    assertThat(recorded.err()).contains("there is no 'bootstrap nginx'");
  }

  @Test
  void a_misspelt_command_or_setting_is_named() {
    assertThat(run("stauts")).isEqualTo(2);
    assertThat(recorded.err()).contains("stauts");
    assertThat(run("status", "--instance", "Not A Label")).isEqualTo(1);
    assertThat(recorded.err()).contains("instance: 'Not A Label'");
    assertThat(run("ovs", "dpctl", "show")).isEqualTo(1);
    assertThat(recorded.err()).contains("there is no 'ovs dpctl'");
  }

  @Test
  void without_a_stack_every_question_says_what_to_do() {
    String[] places = {"--state-dir", folder + "/state", "--run-dir", folder + "/r"};
    assertThat(run("why", "a/b", "c/d", places[0], places[1], places[2], places[3])).isEqualTo(1);
    assertThat(recorded.err()).contains("the stack has never been up here; ./directfaas up");
    assertThat(run("ovs", "vsctl", "show", places[0], places[1], places[2], places[3]))
        .isEqualTo(1);
    assertThat(recorded.err()).contains("the switch is not running");
  }

  @Test
  void a_stack_file_with_chains_is_refused_before_anything_is_asked() throws Exception {
    Path file = folder.resolve("stack.yml");
    java.nio.file.Files.writeString(file, "functions: {f: {image: a}}\nchains: {c: {}}\n");
    assertThat(run("deploy", "-f", file.toString())).isEqualTo(1);
    assertThat(recorded.err()).contains("chains are not supported yet");
  }

  private int run(String... arguments) {
    return DirectFaas.run(recorded.terminal(), arguments);
  }
}
