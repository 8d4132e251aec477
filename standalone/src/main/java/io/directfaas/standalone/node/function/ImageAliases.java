package io.directfaas.standalone.node.function;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.YAMLException;

/**
 * Commands of this machine by image name, for there are no containers here. A YAML file:
 *
 * <pre>{@code
 * functions/alpine: cat
 * ghcr.io/acme/resize: {command: "python3 resize.py", mode: http}
 * }</pre>
 *
 * @param byImage commands by image name without tag
 */
public record ImageAliases(Map<String, Alias> byImage) {

  /** How a command is run. */
  public enum Mode {
    /** Once per request: body on standard input, answer on standard output. */
    CLASSIC,
    /** Once: an HTTP server that listens on $PORT. */
    HTTP
  }

  /** What an image stands for. */
  public record Alias(String command, Mode mode) {}

  public ImageAliases {
    byImage = Map.copyOf(byImage);
  }

  public static ImageAliases none() {
    return new ImageAliases(Map.of());
  }

  /**
   * Reads the file; one that is missing has no aliases.
   *
   * @throws IOException naming file and entry if it is not as described
   */
  public static ImageAliases read(Path file) throws IOException {
    if (!Files.exists(file)) {
      return none();
    }
    Object document;
    try (var reader = Files.newBufferedReader(file)) {
      document = new Yaml(new SafeConstructor(new LoaderOptions())).load(reader);
    } catch (YAMLException e) {
      throw new IOException(file + " is not YAML: " + e.getMessage(), e);
    }
    Map<String, Alias> aliases = new HashMap<>();
    if (document instanceof Map<?, ?> entries) {
      for (Map.Entry<?, ?> entry : entries.entrySet()) {
        String image = String.valueOf(entry.getKey());
        aliases.put(withoutTag(image), alias(entry.getValue(), file + ": " + image));
      }
    } else if (document != null) {
      throw new IOException(file + ": expected image names with commands");
    }
    return new ImageAliases(aliases);
  }

  private static Alias alias(Object value, String where) throws IOException {
    if (value instanceof String command && !command.isBlank()) {
      return new Alias(command, Mode.CLASSIC);
    }
    if (value instanceof Map<?, ?> fields
        && fields.get("command") instanceof String command
        && !command.isBlank()) {
      Object mode = fields.get("mode");
      if (mode == null || mode.equals("classic")) {
        return new Alias(command, Mode.CLASSIC);
      }
      if (mode.equals("http")) {
        return new Alias(command, Mode.HTTP);
      }
      throw new IOException(where + ": mode is neither classic nor http");
    }
    throw new IOException(where + ": expected a command");
  }

  /** The image's alias: by its name without tag, or else without its registry as well. */
  public Optional<Alias> of(String image) {
    String name = withoutTag(image);
    return Optional.ofNullable(byImage.get(name))
        .or(() -> Optional.ofNullable(byImage.get(withoutRegistry(name))));
  }

  private static String withoutTag(String image) {
    String name = image.contains("@") ? image.substring(0, image.indexOf('@')) : image;
    int colon = name.lastIndexOf(':');
    return colon > name.lastIndexOf('/') ? name.substring(0, colon) : name;
  }

  /** The first part is a registry if it can only be a host, as in the OCI reference grammar. */
  private static String withoutRegistry(String name) {
    int slash = name.indexOf('/');
    String first = slash < 0 ? "" : name.substring(0, slash);
    boolean host = first.contains(".") || first.contains(":") || first.equals("localhost");
    return host ? name.substring(slash + 1) : name;
  }
}
