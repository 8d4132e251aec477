package io.directfaas.standalone.cli;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.deploy.StackFileReader;

/** Functions as people write them. */
public final class FunctionNames {
  private FunctionNames() {}

  /**
   * Reads {@code ns/fn}, {@code fn.ns}, {@code fn} or {@code ingress}.
   *
   * @throws CommandFailed if it is none of these
   */
  public static FunctionRef parse(String text) {
    if (text.equals(FunctionRef.INGRESS.name())) {
      return FunctionRef.INGRESS;
    }
    int dot = text.lastIndexOf('.');
    String normal =
        dot > 0 && text.indexOf('/') < 0
            ? text.substring(dot + 1) + "/" + text.substring(0, dot)
            : text;
    try {
      return FunctionRef.parse(normal, StackFileReader.DEFAULT_NAMESPACE);
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(
          "'" + text + "' is not a function: write ns/fn, fn.ns or, for outside callers, ingress",
          e);
    }
  }
}
