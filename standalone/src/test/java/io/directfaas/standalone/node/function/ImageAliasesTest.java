package io.directfaas.standalone.node.function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.function.FunctionSpec.Resources;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Violation;
import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.node.function.ImageAliases.Alias;
import io.directfaas.standalone.node.function.ImageAliases.Mode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ImageAliasesTest {
  @TempDir private Path dir;

  private ImageAliases read(String yaml) throws IOException {
    return ImageAliases.read(Files.writeString(dir.resolve("aliases.yml"), yaml));
  }

  @Test
  void an_image_is_found_whatever_its_tag_and_registry() throws Exception {
    ImageAliases aliases =
        read(
            """
            functions/alpine: cat
            ghcr.io/acme/resize: {command: python3 resize.py, mode: http}
            """);
    Alias cat = new Alias("cat", Mode.CLASSIC);
    assertThat(aliases.of("functions/alpine")).contains(cat);
    assertThat(aliases.of("functions/alpine:latest")).contains(cat);
    assertThat(aliases.of("docker.io/functions/alpine:3@sha256:00")).contains(cat);
    assertThat(aliases.of("localhost:5000/functions/alpine")).contains(cat);
    assertThat(aliases.of("ghcr.io/acme/resize:1"))
        .contains(new Alias("python3 resize.py", Mode.HTTP));
    assertThat(aliases.of("other/alpine")).isEmpty();
  }

  @Test
  void a_missing_or_empty_file_has_no_aliases() throws Exception {
    assertThat(ImageAliases.read(dir.resolve("none")).byImage()).isEmpty();
    assertThat(read("").byImage()).isEmpty();
  }

  @Test
  void what_is_wrong_is_named() {
    assertThatThrownBy(() -> read("a: [")).hasMessageContaining("aliases.yml is not YAML");
    assertThatThrownBy(() -> read("[a]")).hasMessageContaining("expected image names");
    assertThatThrownBy(() -> read("a: {}")).hasMessageContaining("a: expected a command");
    assertThatThrownBy(() -> read("a: {command: b, mode: fast}"))
        .hasMessageContaining("a: mode is neither classic nor http");
    assertThatThrownBy(() -> read("a: !!java.io.File [x]")).isInstanceOf(IOException.class);
  }

  // --- what is refused before it is deployed

  private FunctionRuntime runtime() {
    return new FunctionRuntime(
        StackConfig.defaults().withStateDir(dir),
        ImageAliases.none(),
        (ns, name) -> Optional.empty(),
        calls -> {});
  }

  private static FunctionSpec spec(
      String image,
      @Nullable String process,
      Map<String, String> annotations,
      @Nullable Resources limits) {
    return new FunctionSpec(
        new FunctionRef("acme", "f"),
        image,
        process,
        null,
        List.of(),
        List.of("api-key"),
        Map.of(),
        annotations,
        limits,
        null,
        false);
  }

  private Optional<String> fieldOf(FunctionSpec spec) {
    return runtime().check(spec).map(Violation::field);
  }

  @Test
  void a_deployment_that_cannot_run_here_is_refused_by_its_field() {
    assertThat(fieldOf(spec("any", "cat", Map.of(), null))).isEmpty();
    assertThat(fieldOf(spec("any", null, Map.of(), null))).contains("envProcess");
    assertThat(fieldOf(spec("local/http", " ", Map.of(), null))).contains("envProcess");
    assertThat(fieldOf(spec("any", "cat", Map.of("directfaas.io/code", "../.."), null)))
        .contains("annotations[\"directfaas.io/code\"]");
    assertThat(fieldOf(spec("any", "cat", Map.of("directfaas.io/code", "0".repeat(64)), null)))
        .contains("annotations[\"directfaas.io/code\"]");
    assertThat(fieldOf(spec("any", "cat", Map.of(), new Resources("much", null))))
        .contains("limits.memory");
    assertThat(fieldOf(spec("any", "cat", Map.of(), new Resources("64Mi", "-1"))))
        .contains("limits.cpu");
    assertThat(fieldOf(spec("any", "cat", Map.of(), new Resources("64Mi", "100m")))).isEmpty();
  }

  @Test
  void quantities_are_those_of_kubernetes() {
    assertThat(Quantity.units("64Mi")).contains(64L << 20);
    assertThat(Quantity.units("1.5k")).contains(1500L);
    assertThat(Quantity.units("128974848")).contains(128_974_848L);
    assertThat(Quantity.milli("100m")).contains(100L);
    assertThat(Quantity.milli("0.25")).contains(250L);
    assertThat(Quantity.milli("2")).contains(2000L);
    assertThat(Quantity.milli("0")).isEmpty();
    assertThat(Quantity.milli("1e3x")).isEmpty();
    assertThat(Quantity.milli("999999999999999Ti")).isEmpty();
  }
}
