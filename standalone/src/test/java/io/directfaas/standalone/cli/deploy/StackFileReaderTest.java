package io.directfaas.standalone.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.deploy.StackFile.Entry;
import io.directfaas.standalone.cli.deploy.StackFile.Resources;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class StackFileReaderTest {
  @TempDir Path folder;

  @Test
  void every_field_that_openfaas_deploys_is_read() throws IOException {
    Files.createDirectory(folder.resolve("code"));
    Files.writeString(folder.resolve("more.yml"), "environment:\n  a: from-file\n  c: 3\n");
    Entry entry =
        only(
            """
            version: 1.0
            provider:
              name: openfaas
              gateway: http://127.0.0.1:8080
            functions:
              resize:
                namespace: acme
                lang: python3
                image: local/http
                handler: ./code
                fprocess: python3 index.py
                environment:
                  a: own
                  flag: yes
                  mode: 0755
                  version: 1.0
                  empty:
                environment_file: [more.yml]
                labels: {team: blue}
                annotations: {directfaas.io/calls: b}
                secrets: [key]
                constraints: ["node=a"]
                limits: {memory: 64Mi, cpu: 100m}
                requests: {memory: 1.5Gi}
                readonly_root_filesystem: true
                build_args: {X: 1}
                skip_build: true
            """);
    assertThat(entry.ref()).isEqualTo(new FunctionRef("acme", "resize"));
    assertThat(entry.image()).isEqualTo("local/http");
    assertThat(entry.handler()).isEqualTo(folder.resolve("code"));
    assertThat(entry.process()).isEqualTo("python3 index.py");
    assertThat(entry.environment())
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                "a",
                "from-file",
                "flag",
                "yes",
                "mode",
                "0755",
                "version",
                "1.0",
                "empty",
                "",
                "c",
                "3"));
    assertThat(entry.labels()).containsExactly(Map.entry("team", "blue"));
    assertThat(entry.annotations()).containsExactly(Map.entry("directfaas.io/calls", "b"));
    assertThat(entry.secrets()).containsExactly("key");
    assertThat(entry.constraints()).containsExactly("node=a");
    assertThat(entry.limits()).isEqualTo(new Resources("64Mi", "100m"));
    assertThat(entry.requests()).isEqualTo(new Resources("1.5Gi", null));
    assertThat(entry.readOnlyRootFilesystem()).isTrue();
  }

  @Test
  void what_the_file_leaves_out_stays_out() throws IOException {
    Entry entry = only("functions: {f: {image: alpine}}");
    assertThat(entry)
        .isEqualTo(
            new Entry(
                new FunctionRef("openfaas-fn", "f"),
                "alpine",
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                null,
                false));
    assertThat(Deployment.json(entry, null))
        .isEqualTo(
            "{\"service\":\"f\",\"image\":\"alpine\",\"namespace\":\"openfaas-fn\","
                + "\"labels\":{},\"annotations\":{}}");
  }

  @Test
  void anchors_and_merge_keys_are_followed() throws IOException {
    Entry entry =
        only(
            """
            x-base: &base {image: base, labels: {a: b}}
            functions:
              f:
                <<: *base
                image: own
            """);
    assertThat(entry.image()).isEqualTo("own");
    assertThat(entry.labels()).containsEntry("a", "b");
  }

  @Test
  void references_to_the_environment_are_replaced() throws IOException {
    Entry entry =
        only("functions: {f: {image: \"${REPO:-none}/f:${TAG}\", fprocess: \"${UNSET:-cat -}\"}}");
    assertThat(entry.image()).isEqualTo("none/f:v1");
    assertThat(entry.process()).isEqualTo("cat -");
    assertThatThrownBy(() -> only("functions:\n  f:\n    image: ${TAG^^}\n"))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("line 3")
        .hasMessageContaining("${TAG^^}");
  }

  @Test
  void chains_are_refused_in_words() {
    assertThatThrownBy(() -> only("functions: {f: {image: x}}\nchains: {c: {steps: []}}"))
        .isInstanceOf(CommandFailed.class)
        .hasMessageContaining("chains are not supported yet; nothing was deployed");
  }

  @Test
  void a_handler_must_exist_only_where_it_is_all_there_is() throws IOException {
    assertThat(only("functions: {f: {image: repo/f, handler: ./none}}").handler()).isNull();
    assertThatThrownBy(() -> only("functions: {f: {image: local/http, handler: ./none}}"))
        .hasMessageContaining("functions.f.handler: there is no folder " + folder.resolve("none"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "functions: {f: {}}|line 1: functions.f.image: missing",
        "functions: {f: }|line 1: functions.f: expected fields with values, found nothing",
        "functions: {f: {image: [a]}}|functions.f.image: expected text, found a list",
        "functions: {f: {image: }}|functions.f.image: missing",
        "functions: {F_x: {image: a}}|functions.F_x: a function's name is a DNS label",
        "functions: {f: {image: a, namespace: A b}}|functions.f.namespace: 'A b' is not a DNS"
            + " label",
        "functions: {f: {image: a, environment: [x]}}|functions.f.environment: expected fields with"
            + " values, found a list",
        "functions: {f: {image: a, environment: {x: {y: z}}}}|functions.f.environment.x: expected"
            + " text, found fields",
        "functions: {f: {image: a, environment_file: x}}|functions.f.environment_file: expected a"
            + " list, found text",
        "functions: {f: {image: a, environment_file: [none.yml]}}|functions.f.environment_file:"
            + " there is no file",
        "functions: {f: {image: a, labels: x}}|functions.f.labels: expected fields with values,"
            + " found text",
        "functions: {f: {image: a, annotations: [x]}}|functions.f.annotations: expected fields with"
            + " values, found a list",
        "functions: {f: {image: a, secrets: x}}|functions.f.secrets: expected a list, found text",
        "functions: {f: {image: a, secrets: [{}]}}|functions.f.secrets[0]: expected text, found"
            + " fields",
        "functions: {f: {image: a, constraints: {}}}|functions.f.constraints: expected a list,"
            + " found fields",
        "functions: {f: {image: a, limits: 5}}|functions.f.limits: expected fields with values,"
            + " found text",
        "functions: {f: {image: a, limits: {memory: much}}}|functions.f.limits.memory: 'much' is"
            + " not a quantity",
        "functions: {f: {image: a, requests: {cpu: -1}}}|functions.f.requests.cpu: '-1' is not a"
            + " quantity",
        "functions: {f: {image: a, readonly_root_filesystem:"
            + " maybe}}|functions.f.readonly_root_filesystem: expected true or false, found"
            + " 'maybe'",
        "functions: {f: {image: a}, f: {image: b}}|functions.f: stands here twice",
        "functions: {[a]: {image: a}}|functions: a field's name must be text",
        "functions: []|functions: expected fields with values, found a list",
        "functions: {}|functions: there is no function in this file",
        "version: 1.0|functions: there is no function in this file",
        "provider: {name: faasd}|provider.name: expected 'openfaas', found 'faasd'",
        "just text|line 1: expected fields with values, found text",
        "functions: {f: {image: a}|line 1: not YAML",
        "functions: *nobody|not YAML",
      })
  void what_is_wrong_is_named_with_its_field(String yaml, String message) {
    assertThatThrownBy(() -> only(yaml))
        .isInstanceOf(CommandFailed.class)
        .hasMessageStartingWith(folder.resolve("stack.yml").toString())
        .hasMessageContaining(message);
  }

  @Test
  void an_empty_or_missing_file_or_a_folder_is_told_so() {
    assertThatThrownBy(() -> only("")).hasMessageEndingWith("stack.yml is empty");
    assertThatThrownBy(() -> new StackFileReader(Map.of()).read(folder.resolve("none.yml")))
        .hasMessage("there is no file " + folder.resolve("none.yml"));
    assertThatThrownBy(() -> new StackFileReader(Map.of()).read(folder))
        .hasMessageContaining("it is a folder");
  }

  private Entry only(String yaml) throws IOException {
    Path file = folder.resolve("stack.yml");
    Files.writeString(file, yaml);
    StackFile read = new StackFileReader(Map.of("TAG", "v1")).read(file);
    assertThat(read.functions()).hasSize(1);
    return read.functions().getFirst();
  }
}
