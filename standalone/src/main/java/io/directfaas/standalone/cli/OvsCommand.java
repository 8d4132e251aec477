package io.directfaas.standalone.cli;

import io.directfaas.standalone.config.Layout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Unmatched;

/** Passes a command on to the stack's private Open vSwitch. */
@Command(
    name = "ovs",
    description = {
      "Runs ovs-vsctl, ovs-ofctl or ovs-appctl against the stack's own switch.",
      "Examples: ovs vsctl show; ovs ofctl dump-flows df0; ovs appctl dpif/show"
    })
public final class OvsCommand implements Callable<Integer> {
  private static final Map<String, String> TOOLS =
      Map.of("vsctl", "ovs-vsctl", "ofctl", "ovs-ofctl", "appctl", "ovs-appctl");

  @Mixin private InstanceOptions options = new InstanceOptions();

  @Parameters(index = "0", paramLabel = "vsctl|ofctl|appctl")
  private String tool = "";

  @Unmatched private List<String> arguments = new ArrayList<>();

  @Override
  public Integer call() throws InterruptedException {
    ProcessBuilder process = command(options.stack(), tool, arguments).inheritIO();
    try {
      return process.start().waitFor();
    } catch (IOException e) {
      throw new CommandFailed("cannot run ovs-" + tool + ": " + CommandFailed.reason(e), e);
    }
  }

  /**
   * The tool, ready to be started in the switch's namespace with the switch's run directory.
   *
   * @throws CommandFailed if there is no such tool or no switch
   */
  public static ProcessBuilder command(Stack stack, String tool, List<String> arguments) {
    String program = TOOLS.get(tool);
    if (program == null) {
      throw new CommandFailed("there is no 'ovs " + tool + "'; there are vsctl, ofctl and appctl");
    }
    Layout layout = stack.layout();
    Path socket = layout.ovsDatabaseSocket();
    if (!Files.exists(socket)) {
      throw new CommandFailed("the switch is not running (there is no " + socket + ")");
    }
    List<String> command = new ArrayList<>();
    command.add(program);
    if (tool.equals("vsctl")) {
      command.add("--db=unix:" + socket);
    }
    if (tool.equals("appctl")
        && arguments.stream().noneMatch(a -> a.startsWith("-t") || a.startsWith("--target"))) {
      // By its socket: the pid file is the node's own, where ovs-appctl does not look.
      command.add("--target=" + layout.ovsDir().resolve("ovs-vswitchd.ctl"));
    }
    if (tool.equals("ofctl") && arguments.stream().noneMatch(a -> a.startsWith("-O"))) {
      // The version the flows are written in.
      command.add("-OOpenFlow14");
    }
    command.addAll(arguments);
    ProcessBuilder process = new ProcessBuilder(command);
    process.environment().put("OVS_RUNDIR", layout.ovsDir().toString());
    return process;
  }
}
