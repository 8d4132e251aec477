package io.directfaas.standalone.cli.deploy;

import io.directfaas.standalone.cli.CommandFailed;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code ${NAME}} and {@code ${NAME:-default}} in a stack.yml, replaced before it is parsed, as
 * faas-cli does. A name that is not set becomes empty.
 */
final class EnvironmentSubstitution {
  private static final Pattern REFERENCE = Pattern.compile("\\$\\{([^}\n]*)}");
  private static final Pattern CONTENT = Pattern.compile("([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?");

  private EnvironmentSubstitution() {}

  /**
   * @throws CommandFailed naming the line of a form that is not understood
   */
  static String apply(String file, String text, Map<String, String> environment) {
    Matcher reference = REFERENCE.matcher(text);
    StringBuilder result = new StringBuilder();
    while (reference.find()) {
      Matcher content = CONTENT.matcher(reference.group(1));
      if (!content.matches()) {
        long line = text.substring(0, reference.start()).lines().count();
        throw new CommandFailed(
            "%s, line %d: '%s' is not understood; ${NAME} and ${NAME:-default} are"
                .formatted(file, Math.max(1, line), reference.group()));
      }
      String value = environment.getOrDefault(content.group(1), "");
      String fallback = content.group(2);
      if (value.isEmpty() && fallback != null) {
        value = fallback;
      }
      reference.appendReplacement(result, Matcher.quoteReplacement(value));
    }
    return reference.appendTail(result).toString();
  }
}
