package io.directfaas.standalone.e2e;

import java.io.IOException;
import java.net.URI;
import java.nio.file.Path;
import tools.jackson.databind.JsonNode;

/**
 * A way for this machine's own HTTP clients into a replica's network, to the gateway's address
 * there: what they send is sent as by the function, to its sidecar.
 */
final class WayIn implements AutoCloseable {
  /** Behaves as a call's path says. */
  static final Path PROBE =
      StackUnderTest.home().resolve("standalone/src/test/resources/invocation");

  private final Process process;
  private final int port;

  private WayIn(Process process, int port) {
    this.process = process;
    this.port = port;
  }

  /** Into the network of a function's first replica. */
  static WayIn to(StackUnderTest stack, String function) throws IOException {
    Process process =
        new ProcessBuilder(
                "python3",
                PROBE.resolve("enter.py").toString(),
                "/run/netns/" + namespace(stack, function))
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    return new WayIn(process, Integer.parseInt(process.inputReader().readLine()));
  }

  private static String namespace(StackUnderTest stack, String function) {
    for (JsonNode candidate : stack.status().path("functions")) {
      if (candidate.path("name").asString().equals(function)) {
        return candidate.path("replicas").path(0).path("netns").asString();
      }
    }
    throw new AssertionError("no function " + function);
  }

  /** Where the function's sidecar has that function. */
  URI function(String nameAndPath) {
    return URI.create("http://127.0.0.1:" + port + "/function/" + nameAndPath);
  }

  @Override
  public void close() {
    try {
      process.getOutputStream().close();
    } catch (IOException e) {
      process.destroyForcibly();
    }
  }
}
