package io.directfaas.standalone.cli.deploy;

import io.directfaas.graph.FunctionRef;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What a stack.yml asks for.
 *
 * @param functions in the order of the file
 */
public record StackFile(List<Entry> functions) {

  /**
   * One function. What the file leaves out stays null, because a gateway must be able to tell it
   * from what is empty.
   *
   * @param ref namespace and name
   * @param image the image's name
   * @param handler the folder with the function's code, or null
   * @param process the command to run, or null
   * @param environment the environment, files included, or null
   * @param labels the labels, or null
   * @param annotations the annotations, or null
   * @param secrets names of secrets, or null
   * @param constraints placement constraints, or null
   * @param limits resource limits, or null
   * @param requests resource requests, or null
   * @param readOnlyRootFilesystem whether the root file system is to be read-only
   */
  public record Entry(
      FunctionRef ref,
      String image,
      @Nullable Path handler,
      @Nullable String process,
      @Nullable Map<String, String> environment,
      @Nullable Map<String, String> labels,
      @Nullable Map<String, String> annotations,
      @Nullable List<String> secrets,
      @Nullable List<String> constraints,
      @Nullable Resources limits,
      @Nullable Resources requests,
      boolean readOnlyRootFilesystem) {}

  /**
   * Quantities as Kubernetes writes them.
   *
   * @param memory such as {@code 64Mi}, or null
   * @param cpu such as {@code 100m}, or null
   */
  public record Resources(@Nullable String memory, @Nullable String cpu) {}
}
