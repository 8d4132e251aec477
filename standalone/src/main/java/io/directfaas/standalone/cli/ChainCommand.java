package io.directfaas.standalone.cli;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Unmatched;

/** The place where chains will be managed. */
@Command(name = "chain", description = "Declared compositions of functions; not there yet.")
public final class ChainCommand implements Callable<Integer> {
  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() {
    throw new CommandFailed(
        "chains are not there yet"
            + (arguments.isEmpty() ? "" : ", so 'chain " + arguments.getFirst() + "' does nothing")
            + "; functions that call each other by http://gateway:8080/function/NAME are");
  }
}
