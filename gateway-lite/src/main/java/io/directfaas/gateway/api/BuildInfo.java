package io.directfaas.gateway.api;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/**
 * Which build this is.
 *
 * @param release the project's version
 * @param sha the commit, or {@code development} where the build was not told
 */
record BuildInfo(String release, String sha) {
  static BuildInfo load() {
    Properties properties = new Properties();
    try (InputStream input =
        BuildInfo.class.getResourceAsStream("/io/directfaas/gateway/build.properties")) {
      if (input != null) {
        properties.load(input);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return new BuildInfo(
        properties.getProperty("release", "development"),
        properties.getProperty("sha", "development"));
  }
}
