package io.directfaas.standalone.cli;

import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Properties;
import java.util.stream.Stream;

/**
 * Where this program itself is.
 *
 * @param home the folder of the launcher
 * @param classPath the jars and folders it runs from
 * @param version its version
 * @param envoyVersion the version of Envoy it goes with
 */
public record Installation(Path home, List<Path> classPath, String version, String envoyVersion) {
  private static final Path TOOLS = Path.of("/var/lib/directfaas/tools");

  public static Installation ofProcess() {
    Properties versions = new Properties();
    try (InputStream in = Installation.class.getResourceAsStream("/versions.properties")) {
      versions.load(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new Installation(
        Path.of(System.getenv().getOrDefault("DIRECTFAAS_HOME", "")).toAbsolutePath().normalize(),
        Stream.of(System.getProperty("java.class.path").split(File.pathSeparator))
            .filter(entry -> !entry.isEmpty())
            .map(entry -> Path.of(entry).toAbsolutePath())
            .toList(),
        versions.getProperty("directfaas.version"),
        versions.getProperty("envoy.version"));
  }

  /** Where {@code setup} puts Envoy. */
  public Path envoy() {
    return TOOLS.resolve("envoy-" + envoyVersion).resolve("envoy");
  }

  /** The watchdog's own jar, or where the build would put it. */
  public Path watchdogJar() {
    return classPath.stream()
        .filter(entry -> String.valueOf(entry.getFileName()).startsWith("watchdog-"))
        .findFirst()
        .orElse(home.resolve("standalone/target/lib/watchdog-" + version + ".jar"));
  }

  /** The sample applications. */
  public Path samples() {
    return home.resolve("samples");
  }
}
