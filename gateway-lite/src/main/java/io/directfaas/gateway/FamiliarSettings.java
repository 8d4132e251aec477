package io.directfaas.gateway;

import io.directfaas.graph.GoDuration;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The names under which OpenFaaS's users know some settings: environment variables. What is set
 * under our own names comes before them.
 */
final class FamiliarSettings {
  private static final String OURS = "directfaas.gateway.";

  private FamiliarSettings() {}

  /**
   * Our settings that follow from these variables.
   *
   * @throws IllegalArgumentException naming the variable that cannot be read
   */
  static Map<String, Object> from(Map<String, String> environment) {
    Map<String, Object> settings = new LinkedHashMap<>();
    copy(environment, "function_namespace", settings, "default-namespace");
    copy(environment, "secret_mount_path", settings, "secrets-dir");
    String basicAuth = environment.getOrDefault("basic_auth", "");
    if (!basicAuth.isEmpty()) {
      settings.put(OURS + "basic-auth", flag("basic_auth", basicAuth));
    }
    for (String name : new String[] {"read_timeout", "write_timeout"}) {
      String text = environment.getOrDefault(name, "");
      if (!text.isEmpty()) {
        settings.put(OURS + name.replace('_', '-'), duration(name, text).toString());
      }
    }
    return settings;
  }

  private static void copy(
      Map<String, String> environment, String from, Map<String, Object> settings, String to) {
    String text = environment.getOrDefault(from, "");
    if (!text.isEmpty()) {
      settings.put(OURS + to, text);
    }
  }

  private static boolean flag(String name, String text) {
    return switch (text) {
      case "1", "true" -> true;
      case "0", "false" -> false;
      default -> throw new IllegalArgumentException(name + " must be true or false, not " + text);
    };
  }

  private static Duration duration(String name, String text) {
    try {
      return GoDuration.parse(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
  }
}
