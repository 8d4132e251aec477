package io.directfaas.standalone.cli.why;

import io.directfaas.graph.Annotations;
import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.OvsCommand;
import io.directfaas.standalone.cli.Stack;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.GraphSnapshot.EdgeView;
import io.directfaas.standalone.cli.client.GraphSnapshot.ReplicaView;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.cli.client.UnixHttp;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import tools.jackson.databind.JsonNode;

/** Asks every layer about one call. */
final class CallCheck {
  /** Where a sidecar takes calls on the mtls data path. */
  private static final int MTLS_PORT = 15006;

  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final Stack stack;
  private final GraphSnapshot graph;

  CallCheck(Stack stack, GraphSnapshot graph) {
    this.stack = stack;
    this.graph = graph;
  }

  /**
   * @throws CommandFailed if one of the two is not deployed
   */
  List<Finding> check(FunctionRef caller, FunctionRef callee) {
    if (callee.isIngress()) {
      throw new CommandFailed("the ingress calls; it cannot be called by a function");
    }
    requireDeployed(caller);
    requireDeployed(callee);
    boolean mtls =
        graph.edge(caller, callee).map(edge -> edge.dataPath().equals("mtls")).orElse(false);
    List<ReplicaView> callers = graph.readyReplicasOf(caller);
    List<ReplicaView> callees = graph.readyReplicasOf(callee);
    List<Finding> findings = new ArrayList<>();
    findings.add(edge(caller, callee));
    if (callees.isEmpty()) {
      findings.add(Finding.stops("replica", callee + " has no ready replica"));
    }
    if (callers.isEmpty()) {
      findings.add(
          Finding.unknown(
              "route", caller + " has no ready replica, so there is no sidecar to ask"));
    }
    for (ReplicaView replica : callers) {
      findings.add(route(replica, callee));
      settings(replica, callee).ifPresent(findings::add);
    }
    callers.stream()
        .filter(replica -> !caller.isIngress())
        .forEach(replica -> findings.add(name(replica, caller, callee)));
    findings.add(
        mtls
            ? certificates(callers, caller)
            : Finding.notConcerned(
                "certificate",
                "none needed on the fabric: the switch port vouches for the caller"));
    if (mtls) {
      callees.forEach(replica -> findings.add(admission(replica, caller, callee)));
    }
    for (ReplicaView from : callers) {
      callees.forEach(to -> findings.add(flows(from, to, mtls ? MTLS_PORT : to.port())));
    }
    return findings;
  }

  private void requireDeployed(FunctionRef function) {
    if (!function.isIngress() && !graph.replicas().containsKey(function)) {
      throw new CommandFailed(function + " is not deployed");
    }
  }

  private Finding edge(FunctionRef caller, FunctionRef callee) {
    Optional<EdgeView> edge = graph.edge(caller, callee);
    if (edge.isPresent()) {
      return Finding.passes(
          "graph",
          "edge %s -> %s, from %s, carried by the %s, revision %d"
              .formatted(
                  caller, callee, edge.get().origin(), edge.get().dataPath(), graph.revision()));
    }
    return Finding.stops(
        "graph", "no edge %s -> %s; %s".formatted(caller, callee, remedy(caller, callee)));
  }

  private static String remedy(FunctionRef caller, FunctionRef callee) {
    if (caller.isIngress()) {
      return "%s on %s would add it".formatted(annotation(Annotations.PUBLIC, "true"), callee);
    }
    boolean sameTenant = caller.namespace().equals(callee.namespace());
    String declared =
        "%s on %s"
            .formatted(
                annotation(Annotations.CALLS, sameTenant ? callee.name() : callee.toString()),
                caller);
    return sameTenant
        ? declared + " would add it"
        : "%s together with %s on %s would add it"
            .formatted(declared, annotation(Annotations.ALLOW_CALLERS, caller.toString()), callee);
  }

  private static String annotation(String name, String value) {
    return "the annotation " + name + ": \"" + value + "\"";
  }

  private Finding route(ReplicaView caller, FunctionRef callee) {
    String id = caller.id();
    Path admin = stack.layout().adminSocket(id);
    try {
      List<String> matches = RouteSearch.matchesOf(ask(admin, "/config_dump"), callee);
      if (matches.isEmpty()) {
        return Finding.stops(
            "route", "the sidecar of " + id + " has no route to " + RouteSearch.cluster(callee));
      }
      String route =
          "the sidecar of %s routes %s to %s"
              .formatted(id, String.join(", ", matches), RouteSearch.cluster(callee));
      Optional<List<String>> endpoints =
          RouteSearch.healthyEndpoints(ask(admin, "/clusters?format=json"), callee);
      if (endpoints.isEmpty()) {
        return Finding.stops("route", route + ", but does not know that cluster");
      }
      return endpoints.get().isEmpty()
          ? Finding.stops("route", route + ", which has no healthy endpoint")
          : Finding.passes("route", route + " at " + String.join(", ", endpoints.get()));
    } catch (Unavailable e) {
      return Finding.unknown("route", CommandFailed.reason(e));
    }
  }

  /** How the call would be made; empty where it would not, of which the route tells. */
  private Optional<Finding> settings(ReplicaView caller, FunctionRef callee) {
    try {
      Path admin = stack.layout().adminSocket(caller.id());
      String settings = CallSettings.of(ask(admin, "/config_dump"), callee);
      return settings.isEmpty()
          ? Optional.empty()
          : Optional.of(
              Finding.notConcerned(
                  "settings", "the sidecar of %s calls with %s".formatted(caller.id(), settings)));
    } catch (Unavailable e) {
      return Optional.empty();
    }
  }

  /** Where the callee's name leads says nothing of whether the call passes, only which way. */
  private Finding name(ReplicaView replica, FunctionRef caller, FunctionRef callee) {
    boolean sameTenant = caller.namespace().equals(callee.namespace());
    String name = sameTenant ? callee.name() : callee.name() + "." + callee.namespace();
    try {
      List<String> addresses =
          NameLookup.inNamespaceOf(stack.layout().replicaNamespace(replica.id()), name);
      return Finding.notConcerned(
          "name", "in %s %s ".formatted(replica.id(), name) + whereTo(addresses));
    } catch (Unavailable e) {
      return Finding.unknown("name", CommandFailed.reason(e));
    }
  }

  private static String whereTo(List<String> addresses) {
    if (addresses.isEmpty()) {
      return "does not resolve";
    }
    return addresses.contains(ReplicaNetwork.GATEWAY)
        ? "leads to its sidecar at " + ReplicaNetwork.GATEWAY
        : "leads without a proxy to " + String.join(", ", addresses);
  }

  private static JsonNode ask(Path admin, String path) {
    Answer answer = UnixHttp.get(admin, path, TIMEOUT);
    if (!answer.ok()) {
      throw new Unavailable(admin + " answered " + answer.status() + " to " + path);
    }
    return answer.json();
  }

  private Finding flows(ReplicaView caller, ReplicaView callee, int tcpPort) {
    String from = caller.id();
    String to = callee.id();
    try {
      String port =
          ovs(
                  "vsctl",
                  "--bare",
                  "--columns=ofport",
                  "find",
                  "Interface",
                  "external_ids:directfaas-replica=" + from)
              .strip();
      if (port.isEmpty()) {
        return Finding.stops("flows", from + " is not on the switch");
      }
      String packet =
          "in_port=%s,tcp,dl_src=%s,dl_dst=%s,nw_src=%s,nw_dst=%s,nw_ttl=64,tp_src=40000,tp_dst=%d,tcp_flags=syn"
              .formatted(port, caller.mac(), callee.mac(), caller.ip(), callee.ip(), tcpPort);
      FlowTrace trace = FlowTrace.parse(ovs("appctl", "ofproto/trace", Layout.BRIDGE, packet));
      String evidence =
          "a SYN from %s (port %s) to %s at %s:%d: %s"
              .formatted(from, port, to, callee.ip(), tcpPort, trace.inWords());
      return trace.passes() ? Finding.passes("flows", evidence) : Finding.stops("flows", evidence);
    } catch (Unavailable | CommandFailed e) {
      return Finding.unknown("flows", CommandFailed.reason(e));
    }
  }

  private Finding certificates(List<ReplicaView> replicas, FunctionRef function) {
    List<String> found = new ArrayList<>();
    for (ReplicaView replica : replicas) {
      try {
        JsonNode certs = ask(stack.layout().adminSocket(replica.id()), "/certs");
        Optional<String> certificate = CertificateSearch.identity(certs, function);
        if (certificate.isEmpty()) {
          return Finding.stops(
              "certificate",
              "the sidecar of %s has no certificate of %s that is valid now"
                  .formatted(replica.id(), function));
        }
        found.add("the sidecar of " + replica.id() + " has " + certificate.get());
      } catch (Unavailable e) {
        return Finding.unknown("certificate", CommandFailed.reason(e));
      }
    }
    return found.isEmpty()
        ? Finding.unknown("certificate", "there is no sidecar of " + function + " to ask")
        : Finding.passes("certificate", String.join(", ", found));
  }

  private Finding admission(ReplicaView replica, FunctionRef caller, FunctionRef callee) {
    try {
      JsonNode config = ask(stack.layout().adminSocket(replica.id()), "/config_dump");
      return CertificateSearch.admitted(config, caller, callee)
          .map(who -> "the sidecar of " + replica.id() + " admits " + who)
          .map(text -> Finding.passes("admission", text))
          .orElse(
              Finding.stops(
                  "admission", "the sidecar of " + replica.id() + " does not admit " + caller));
    } catch (Unavailable e) {
      return Finding.unknown("admission", CommandFailed.reason(e));
    }
  }

  private String ovs(String tool, String... arguments) {
    try {
      Process process =
          OvsCommand.command(stack, tool, List.of(arguments)).redirectErrorStream(true).start();
      process.getOutputStream().close();
      String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      int code = process.waitFor();
      if (code != 0) {
        throw new Unavailable(
            "ovs-%s failed: %s".formatted(tool, output.lines().findFirst().orElse("" + code)));
      }
      return output;
    } catch (IOException e) {
      throw new Unavailable("cannot run ovs-" + tool + ": " + CommandFailed.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while asking the switch", e);
    }
  }
}
