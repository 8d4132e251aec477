package io.directfaas.standalone.node.exec;

import java.io.IOException;
import java.util.List;

/** A program of the machine refused or failed. */
public final class ToolFailedException extends IOException {
  private static final long serialVersionUID = 1;

  private final int status;

  ToolFailedException(List<String> command, Tool.Result result) {
    super(
        "%s failed with status %d: %s"
            .formatted(String.join(" ", command), result.status(), result.output().strip()));
    status = result.status();
  }

  public int status() {
    return status;
  }
}
