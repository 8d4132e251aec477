package io.directfaas.standalone.cli.deploy;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Names;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.deploy.StackFile.Entry;
import io.directfaas.standalone.cli.deploy.StackFile.Resources;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.constructor.SafeConstructor;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;

/**
 * Reads an OpenFaaS stack.yml. Fields that only concern building images are passed over, as
 * faas-cli does when it deploys; a field that we do use and cannot read is an error that names it.
 */
public final class StackFileReader {
  /** The namespace of a function that names none, that of OpenFaaS. */
  public static final String DEFAULT_NAMESPACE = "openfaas-fn";

  // The suffixes Kubernetes knows,
  // https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/
  private static final Pattern QUANTITY =
      Pattern.compile("[0-9]+(\\.[0-9]+)?(m|[kMGTPE]|[KMGTPE]i|[eE][0-9]+)?");

  private final Map<String, String> environment;

  /**
   * @param environment what references in the file resolve to
   */
  public StackFileReader(Map<String, String> environment) {
    this.environment = environment;
  }

  /**
   * Reads and checks a whole file.
   *
   * @throws CommandFailed naming file, line and field of the first thing that is wrong
   */
  public StackFile read(Path file) {
    String name = file.toString();
    Path folder = file.toAbsolutePath().normalize().getParent();
    Node document = document(name, text(file));
    YamlFields root = YamlFields.of(name, "", document);
    if (root.has("chains")) {
      throw root.wrong(
          "chains", "chains are not supported yet; nothing was deployed, not even the functions");
    }
    provider(root);
    YamlFields functions = root.fields("functions");
    if (functions == null || functions.names().isEmpty()) {
      throw root.wrong("functions", "there is no function in this file");
    }
    List<Entry> entries = new ArrayList<>();
    for (String function : functions.names()) {
      YamlFields fields = functions.fields(function);
      if (fields == null) {
        throw functions.wrong(function, "expected fields with values, found nothing");
      }
      if (!Names.isDnsLabel(function)) {
        throw functions.wrong(
            function,
            "a function's name is a DNS label: at most 63 of a-z, 0-9 and -, no - at either end");
      }
      entries.add(entry(function, fields, folder == null ? Path.of("/") : folder));
    }
    return new StackFile(entries);
  }

  private static void provider(YamlFields root) {
    YamlFields provider = root.fields("provider");
    String name = provider == null ? null : provider.text("name");
    if (provider != null && name != null && !name.equals("openfaas")) {
      throw provider.wrong("name", "expected 'openfaas', found '" + name + "'");
    }
  }

  private Entry entry(String name, YamlFields fields, Path folder) {
    String image = fields.text("image");
    if (image == null || image.isBlank()) {
      throw fields.wrong("image", "missing; every function needs one");
    }
    String namespace = fields.text("namespace");
    if (namespace == null || namespace.isEmpty()) {
      namespace = DEFAULT_NAMESPACE;
    } else if (!Names.isDnsLabel(namespace)) {
      throw fields.wrong("namespace", "'" + namespace + "' is not a DNS label");
    }
    return new Entry(
        new FunctionRef(namespace, name),
        image,
        handler(fields, folder, image),
        fields.text("fprocess"),
        environmentOf(fields, folder),
        fields.textMap("labels"),
        fields.textMap("annotations"),
        fields.texts("secrets"),
        fields.texts("constraints"),
        resources(fields, "limits"),
        resources(fields, "requests"),
        fields.flag("readonly_root_filesystem"));
  }

  /**
   * The handler is what an image would be built from. Images of this machine's own ({@code
   * local/…}) are nothing without it; of all others it is optional, as it is when faas-cli deploys.
   */
  private static @Nullable Path handler(YamlFields fields, Path folder, String image) {
    String handler = fields.text("handler");
    if (handler == null || handler.isEmpty()) {
      return null;
    }
    Path path = resolve(fields, "handler", folder, handler);
    if (Files.isDirectory(path)) {
      return path;
    }
    if (image.startsWith("local/")) {
      throw fields.wrong("handler", "there is no folder " + path);
    }
    return null;
  }

  private @Nullable Map<String, String> environmentOf(YamlFields fields, Path folder) {
    Map<String, String> own = fields.textMap("environment");
    List<String> files = fields.texts("environment_file");
    if (files == null) {
      return own;
    }
    Map<String, String> all = new LinkedHashMap<>(own == null ? Map.of() : own);
    for (String file : files) {
      Path path = resolve(fields, "environment_file", folder, file);
      if (!Files.isRegularFile(path)) {
        throw fields.wrong("environment_file", "there is no file " + path);
      }
      YamlFields root = YamlFields.of(path.toString(), "", document(path.toString(), text(path)));
      Map<String, String> values = root.textMap("environment");
      if (values == null) {
        throw root.wrong("environment", "missing; it is what an environment file is for");
      }
      // As with faas-cli, a file wins over the field.
      all.putAll(values);
    }
    return all;
  }

  private static Path resolve(YamlFields fields, String field, Path folder, String path) {
    try {
      return folder.resolve(path).normalize();
    } catch (InvalidPathException e) {
      throw fields.wrong(field, "'" + path + "' is not a path");
    }
  }

  private static @Nullable Resources resources(YamlFields fields, String name) {
    YamlFields nested = fields.fields(name);
    return nested == null
        ? null
        : new Resources(quantity(nested, "memory"), quantity(nested, "cpu"));
  }

  private static @Nullable String quantity(YamlFields fields, String name) {
    String text = fields.text(name);
    if (text != null && !QUANTITY.matcher(text).matches()) {
      throw fields.wrong(
          name, "'" + text + "' is not a quantity; 64Mi of memory or 100m of cpu would be");
    }
    return text;
  }

  private String text(Path file) {
    try {
      return EnvironmentSubstitution.apply(file.toString(), Files.readString(file), environment);
    } catch (NoSuchFileException e) {
      throw new CommandFailed("there is no file " + file, e);
    } catch (CharacterCodingException e) {
      throw new CommandFailed(file + " is not UTF-8 text", e);
    } catch (IOException e) {
      throw new CommandFailed(
          "cannot read "
              + file
              + ": "
              + (Files.isDirectory(file) ? "it is a folder" : e.getMessage()),
          e);
    }
  }

  private static Node document(String file, String text) {
    Node node;
    try {
      node = new Yaml(new SafeConstructor(new LoaderOptions())).compose(new StringReader(text));
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      throw new CommandFailed(file + ", line " + line + ": not YAML: " + e.getProblem(), e);
    } catch (YAMLException e) {
      throw new CommandFailed(
          file + ": not YAML: " + CommandFailed.reason(e).lines().findFirst().orElse(""), e);
    }
    if (node == null) {
      throw new CommandFailed(file + " is empty");
    }
    return node;
  }
}
