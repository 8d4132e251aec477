package io.directfaas.standalone.cli.deploy;

import io.directfaas.standalone.cli.CommandFailed;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;
import org.yaml.snakeyaml.nodes.Tag;

/**
 * The fields of one YAML mapping. Works on nodes, not on values, for two reasons: an error can name
 * field and line, and a scalar keeps the text it was written with, so that {@code 0755}, {@code
 * 1.0} and {@code yes} reach a function's environment unchanged, as faas-cli has it.
 */
final class YamlFields {
  private final String file;
  private final String path;
  private final Node node;
  private final Map<String, Node> fields;

  private YamlFields(String file, String path, Node node, Map<String, Node> fields) {
    this.file = file;
    this.path = path;
    this.node = node;
    this.fields = fields;
  }

  static YamlFields of(String file, String path, Node node) {
    if (!(node instanceof MappingNode mapping)) {
      throw wrong(file, node, path, "expected fields with values, found " + kind(node));
    }
    Map<String, Node> own = new LinkedHashMap<>();
    Map<String, Node> merged = new LinkedHashMap<>();
    for (NodeTuple tuple : mapping.getValue()) {
      if (!(tuple.getKeyNode() instanceof ScalarNode key)) {
        throw wrong(file, tuple.getKeyNode(), path, "a field's name must be text");
      }
      if (key.getTag().equals(Tag.MERGE)) {
        merge(file, path, tuple.getValueNode(), merged);
      } else if (own.put(key.getValue(), tuple.getValueNode()) != null) {
        throw wrong(file, key, join(path, key.getValue()), "stands here twice");
      }
    }
    merged.forEach(own::putIfAbsent);
    return new YamlFields(file, path, node, own);
  }

  /** The merge key, yaml.org/type/merge: own fields win, then the first mapping that has one. */
  private static void merge(String file, String path, Node value, Map<String, Node> into) {
    if (value instanceof SequenceNode sequence) {
      sequence.getValue().forEach(node -> merge(file, path, node, into));
    } else {
      YamlFields.of(file, path, value).fields.forEach(into::putIfAbsent);
    }
  }

  Set<String> names() {
    return fields.keySet();
  }

  /** Whether the field is there with a value. */
  boolean has(String name) {
    Node node = fields.get(name);
    return node != null && !isNull(node);
  }

  @Nullable String text(String name) {
    Node node = fields.get(name);
    return node == null || isNull(node) ? null : scalar(node, join(path, name));
  }

  boolean flag(String name) {
    String text = text(name);
    if (text == null || text.equals("false")) {
      return false;
    }
    if (text.equals("true")) {
      return true;
    }
    throw wrong(name, "expected true or false, found '" + text + "'");
  }

  @Nullable List<String> texts(String name) {
    Node node = fields.get(name);
    if (node == null || isNull(node)) {
      return null;
    }
    if (!(node instanceof SequenceNode sequence)) {
      throw wrong(name, "expected a list, found " + kind(node));
    }
    List<String> texts = new ArrayList<>();
    for (Node element : sequence.getValue()) {
      texts.add(scalar(element, join(path, name) + "[" + texts.size() + "]"));
    }
    return texts;
  }

  /** A mapping from text to text; a value left empty is the empty text. */
  @Nullable Map<String, String> textMap(String name) {
    YamlFields nested = fields(name);
    if (nested == null) {
      return null;
    }
    Map<String, String> map = new LinkedHashMap<>();
    nested.fields.forEach(
        (key, node) -> map.put(key, isNull(node) ? "" : scalar(node, join(nested.path, key))));
    return map;
  }

  @Nullable YamlFields fields(String name) {
    Node node = fields.get(name);
    return node == null || isNull(node) ? null : of(file, join(path, name), node);
  }

  /** An error about a field, naming file, line and field. */
  CommandFailed wrong(String name, String problem) {
    return wrong(file, fields.getOrDefault(name, node), join(path, name), problem);
  }

  private static CommandFailed wrong(String file, Node node, String field, String problem) {
    String where = file + ", line " + (node.getStartMark().getLine() + 1) + ": ";
    return new CommandFailed(where + (field.isEmpty() ? "" : field + ": ") + problem);
  }

  private String scalar(Node node, String field) {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw wrong(file, node, field, "expected text, found " + kind(node));
  }

  private static boolean isNull(Node node) {
    return node.getTag().equals(Tag.NULL);
  }

  private static String kind(Node node) {
    if (isNull(node)) {
      return "nothing";
    }
    return node instanceof MappingNode
        ? "fields"
        : node instanceof SequenceNode ? "a list" : "text";
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
