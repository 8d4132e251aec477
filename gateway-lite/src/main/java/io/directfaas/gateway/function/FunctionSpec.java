package io.directfaas.gateway.function;

import io.directfaas.graph.FunctionRef;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A validated deployment. What the user left out stays null, because OpenFaaS clients compare what
 * they sent with what they get back.
 *
 * @param ref namespace and name
 * @param image the image's name as sent
 * @param envProcess the command to run, or null to take the image's own
 * @param envVars the function's environment, or null
 * @param constraints placement constraints, in order
 * @param secrets names of secrets of the namespace, in order
 * @param labels labels as sent
 * @param annotations annotations as sent
 * @param limits resource limits, or null
 * @param requests resource requests, or null
 * @param readOnlyRootFilesystem as sent
 */
public record FunctionSpec(
    FunctionRef ref,
    String image,
    @Nullable String envProcess,
    @Nullable Map<String, String> envVars,
    List<String> constraints,
    List<String> secrets,
    Map<String, String> labels,
    Map<String, String> annotations,
    @Nullable Resources limits,
    @Nullable Resources requests,
    boolean readOnlyRootFilesystem) {

  /** Kubernetes quantities as sent, such as {@code 64Mi} and {@code 100m}. */
  public record Resources(@Nullable String memory, @Nullable String cpu) {}
}
