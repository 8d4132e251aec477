package io.directfaas.standalone.cli;

import io.directfaas.standalone.config.StackConfig;
import io.directfaas.standalone.config.StackConfig.Fabric;
import io.directfaas.standalone.config.StackConfig.Ports;
import io.directfaas.standalone.config.StackConfig.Tools;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which of several stacks on this machine is meant. Hidden: people have one. */
public final class InstanceOptions {
  @Option(names = "--instance", hidden = true, defaultValue = StackConfig.DEFAULT_INSTANCE)
  private String instance = StackConfig.DEFAULT_INSTANCE;

  @Option(names = "--state-dir", hidden = true)
  private @Nullable Path stateDir;

  @Option(names = "--run-dir", hidden = true)
  private @Nullable Path runDir;

  @Option(names = "--port-offset", hidden = true, defaultValue = "0")
  private int portOffset;

  @Option(names = "--fabric", hidden = true, defaultValue = "OVS")
  private Fabric fabric = Fabric.OVS;

  /**
   * @throws CommandFailed naming what is wrong
   */
  public Stack stack() {
    try {
      StackConfig config =
          StackConfig.instance(instance).withPorts(shifted(Ports.defaults())).withFabric(fabric);
      if (stateDir != null) {
        config = config.withStateDir(stateDir.toAbsolutePath().normalize());
      }
      if (runDir != null) {
        config = config.withRunDir(runDir.toAbsolutePath().normalize());
      }
      Tools tools = config.tools();
      Installation installation = Installation.ofProcess();
      return new Stack(
          config.withTools(
              new Tools(
                  installation.envoy(),
                  tools.java(),
                  installation.watchdogJar(),
                  tools.aliases())));
    } catch (IllegalArgumentException e) {
      throw new CommandFailed(CommandFailed.reason(e), e);
    }
  }

  /**
   * A stack beside that one, with names, folders and ports of its own.
   *
   * @param suffix of its names
   * @param portShift how far its ports are from the other's
   * @param itsFabric what joins its replicas
   */
  public Stack beside(String suffix, int portShift, Fabric itsFabric) {
    InstanceOptions other = new InstanceOptions();
    other.instance = instance + suffix;
    other.stateDir = stateDir == null ? null : Path.of(stateDir + suffix);
    other.runDir = runDir == null ? null : Path.of(runDir + suffix);
    other.portOffset = portOffset + portShift;
    other.fabric = itsFabric;
    return other.stack();
  }

  private Ports shifted(Ports ports) {
    return new Ports(
        ports.ingress() + portOffset,
        ports.gatewayRest() + portOffset,
        ports.gatewayMetrics() + portOffset,
        ports.graphWatch() + portOffset,
        ports.ads() + portOffset,
        ports.xdsHttp() + portOffset,
        ports.openFlow() + portOffset,
        ports.sdnHttp() + portOffset,
        ports.queueHttp() + portOffset);
  }
}
