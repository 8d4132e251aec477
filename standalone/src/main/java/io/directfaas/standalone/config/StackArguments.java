package io.directfaas.standalone.config;

import io.directfaas.standalone.config.StackConfig.Fabric;
import io.directfaas.standalone.config.StackConfig.Ports;
import io.directfaas.standalone.config.StackConfig.Tools;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A stack's settings as arguments of its process, written by the command line, read by the stack.
 */
public final class StackArguments {
  private StackArguments() {}

  /** What {@link #parse} reads. */
  public static List<String> format(StackConfig config) {
    Ports ports = config.ports();
    Tools tools = config.tools();
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("instance", config.instance());
    values.put("state-dir", config.stateDir());
    values.put("run-dir", config.runDir());
    values.put("ingress-port", ports.ingress());
    values.put("gateway-rest-port", ports.gatewayRest());
    values.put("gateway-metrics-port", ports.gatewayMetrics());
    values.put("graph-watch-port", ports.graphWatch());
    values.put("ads-port", ports.ads());
    values.put("xds-http-port", ports.xdsHttp());
    values.put("openflow-port", ports.openFlow());
    values.put("sdn-http-port", ports.sdnHttp());
    values.put("queue-http-port", ports.queueHttp());
    values.put("envoy", tools.envoy());
    values.put("java", tools.java());
    values.put("watchdog-jar", tools.watchdogJar());
    values.put("aliases", tools.aliases());
    values.put("fabric", config.fabric());
    List<String> arguments = new ArrayList<>();
    values.forEach((name, value) -> arguments.add("--" + name + "=" + value));
    return arguments;
  }

  /**
   * @throws IllegalArgumentException naming the argument that is unknown, missing or wrong
   */
  public static StackConfig parse(List<String> arguments) {
    Map<String, String> values = new LinkedHashMap<>();
    for (String argument : arguments) {
      int equals = argument.indexOf('=');
      if (!argument.startsWith("--") || equals < 0) {
        throw new IllegalArgumentException("'" + argument + "' is not --name=value");
      }
      values.put(argument.substring(2, equals), argument.substring(equals + 1));
    }
    StackConfig config =
        new StackConfig(
            take(values, "instance"),
            Path.of(take(values, "state-dir")),
            Path.of(take(values, "run-dir")),
            new Ports(
                port(values, "ingress-port"),
                port(values, "gateway-rest-port"),
                port(values, "gateway-metrics-port"),
                port(values, "graph-watch-port"),
                port(values, "ads-port"),
                port(values, "xds-http-port"),
                port(values, "openflow-port"),
                port(values, "sdn-http-port"),
                port(values, "queue-http-port")),
            new Tools(
                Path.of(take(values, "envoy")),
                Path.of(take(values, "java")),
                Path.of(take(values, "watchdog-jar")),
                Path.of(take(values, "aliases"))),
            fabric(take(values, "fabric")));
    if (!values.isEmpty()) {
      throw new IllegalArgumentException("unknown: --" + values.keySet().iterator().next());
    }
    return config;
  }

  private static Fabric fabric(String text) {
    try {
      return Fabric.valueOf(text);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("--fabric: '" + text + "' is neither OVS nor BRIDGE", e);
    }
  }

  private static int port(Map<String, String> values, String name) {
    String text = take(values, name);
    try {
      return Integer.parseInt(text);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException("--" + name + ": '" + text + "' is not a number", e);
    }
  }

  private static String take(Map<String, String> values, String name) {
    String value = values.remove(name);
    if (value == null) {
      throw new IllegalArgumentException("--" + name + " is missing");
    }
    return value;
  }
}
