package io.directfaas.xds.envoy;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The Envoy that tests run: system property or environment DIRECTFAAS_ENVOY, or setup's. */
public final class EnvoyBinary {
  private static final String NAME = "DIRECTFAAS_ENVOY";
  private static final String DEFAULT = "/var/lib/directfaas/tools/envoy-1.40.0/envoy";

  private EnvoyBinary() {}

  public static Path path() {
    String fromEnvironment = System.getenv().getOrDefault(NAME, DEFAULT);
    Path path = Path.of(System.getProperty(NAME, fromEnvironment));
    if (!Files.isExecutable(path)) {
      throw new IllegalStateException(
          "no Envoy at " + path + ": run './directfaas setup', or set " + NAME);
    }
    return path;
  }

  /** What {@code envoy --mode validate} says; throws if it finds anything wrong. */
  public static String validate(Path bootstrap) throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(
                List.of(path().toString(), "--mode", "validate", "-c", bootstrap.toString()))
            .redirectErrorStream(true)
            .start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    if (process.waitFor() != 0) {
      throw new AssertionError("Envoy does not accept " + bootstrap + ":\n" + output);
    }
    return output;
  }
}
