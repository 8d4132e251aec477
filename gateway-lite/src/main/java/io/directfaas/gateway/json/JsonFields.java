package io.directfaas.gateway.json;

import io.directfaas.graph.Violation;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Reads the fields of one JSON object. As in Go, whose clients these are, {@code null} and a
 * missing key are the same, and unknown keys are nobody's business. A field of the wrong type reads
 * as missing and leaves a violation.
 */
public final class JsonFields {
  private final JsonNode object;
  private final String prefix;
  private final List<Violation> violations;

  private JsonFields(JsonNode object, String prefix, List<Violation> violations) {
    this.object = object;
    this.prefix = prefix;
    this.violations = violations;
  }

  /** The fields of a top-level object; what is wrong with them is added to {@code violations}. */
  public static JsonFields of(JsonNode object, List<Violation> violations) {
    return new JsonFields(object, "", violations);
  }

  public @Nullable String text(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isString()) {
      wrongType(prefix + name, "a string", value);
      return null;
    }
    return value.stringValue();
  }

  public String textOrEmpty(String name) {
    String text = text(name);
    return text == null ? "" : text;
  }

  public boolean flag(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return false;
    }
    if (!value.isBoolean()) {
      wrongType(prefix + name, "true or false", value);
      return false;
    }
    return value.booleanValue();
  }

  public OptionalLong integer(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return OptionalLong.empty();
    }
    if (!value.isIntegralNumber() || !value.canConvertToLong()) {
      wrongType(prefix + name, "an integer", value);
      return OptionalLong.empty();
    }
    return OptionalLong.of(value.longValue());
  }

  /** In the order written. */
  public List<String> texts(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return List.of();
    }
    if (!value.isArray()) {
      wrongType(prefix + name, "an array of strings", value);
      return List.of();
    }
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < value.size(); i++) {
      JsonNode item = value.get(i);
      if (item.isString()) {
        texts.add(item.stringValue());
      } else {
        wrongType(prefix + name + "[" + i + "]", "a string", item);
      }
    }
    return List.copyOf(texts);
  }

  /** In the order written; empty when missing. */
  public Map<String, String> textMap(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return Map.of();
    }
    if (!value.isObject()) {
      wrongType(prefix + name, "an object of strings", value);
      return Map.of();
    }
    Map<String, String> texts = new LinkedHashMap<>();
    for (Map.Entry<String, JsonNode> entry : value.properties()) {
      JsonNode item = entry.getValue();
      if (item.isString()) {
        texts.put(entry.getKey(), item.stringValue());
      } else {
        wrongType(prefix + name + "[\"" + entry.getKey() + "\"]", "a string", item);
      }
    }
    return texts;
  }

  public @Nullable JsonFields object(String name) {
    JsonNode value = value(name);
    if (value == null) {
      return null;
    }
    if (!value.isObject()) {
      wrongType(prefix + name, "an object", value);
      return null;
    }
    return new JsonFields(value, prefix + name + ".", violations);
  }

  private @Nullable JsonNode value(String name) {
    JsonNode value = object.get(name);
    return value == null || value.isNull() ? null : value;
  }

  private void wrongType(String field, String expected, JsonNode actual) {
    violations.add(
        new Violation(
            field,
            "expected "
                + expected
                + ", found "
                + switch (actual.getNodeType()) {
                  case STRING -> "a string";
                  case NUMBER -> "a number";
                  case BOOLEAN -> "a boolean";
                  case NULL -> "null";
                  case ARRAY -> "an array";
                  default -> "an object";
                }));
  }
}
