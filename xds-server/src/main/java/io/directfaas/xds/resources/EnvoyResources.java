package io.directfaas.xds.resources;

import io.directfaas.graph.Edge;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import java.util.List;
import java.util.SortedSet;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The Envoy resources of both data paths: one Envoy per call on the {@code fabric}, the caller's;
 * on {@code mtls} the callee's, too.
 */
public final class EnvoyResources implements ResourceFactory {
  /** Where a sidecar takes its function's calls, on its loopback. */
  public static final int OUTBOUND_PORT = SidecarPorts.STANDARD.outbound();

  public static final String TRUST_DOMAIN = "directfaas.local";

  private final IngressResources ingress;
  private final OutboundResources outbound;
  private final InboundResources inbound;
  private final CalleeResources callees;

  public EnvoyResources(IngressConfig config) {
    this(config, TRUST_DOMAIN, function -> SidecarPorts.STANDARD);
  }

  /** With another outbound port, for sidecars that share a network namespace. */
  public EnvoyResources(IngressConfig config, int outboundPort) {
    this(
        config,
        TRUST_DOMAIN,
        function ->
            new SidecarPorts(
                outboundPort, SidecarPorts.STANDARD.inbound(), SidecarPorts.STANDARD.function()));
  }

  /**
   * @param trustDomain of the functions' identities
   * @param ports each function's; they differ only where sidecars share a network
   */
  public EnvoyResources(
      IngressConfig config, String trustDomain, Function<FunctionRef, SidecarPorts> ports) {
    Function<FunctionRef, SpiffeId> ids = function -> new SpiffeId(trustDomain, function);
    this.ingress = new IngressResources(config);
    this.inbound = new InboundResources(ids, ports);
    this.callees = new CalleeResources(ids, ports);
    this.outbound = new OutboundResources(ports, callees, config.queueSocket());
  }

  @Override
  public List<XdsResource> own(Graph graph, FunctionRef function) {
    return function.isIngress() ? ingress.of() : outbound.of(graph, function);
  }

  @Override
  public List<XdsResource> edge(Graph graph, Edge edge) {
    return edge.caller().isIngress() ? List.of(ingress.of(graph, edge)) : List.of();
  }

  @Override
  public List<XdsResource> callee(Graph graph, FunctionRef function) {
    return callees.of(graph, function);
  }

  @Override
  public List<XdsResource> inbound(FunctionRef function, SortedSet<FunctionRef> callers) {
    return inbound.of(function, callers);
  }

  @Override
  public @Nullable XdsResource named(
      Graph graph, FunctionRef caller, ResourceType type, String name) {
    return ProxylessResources.named(graph, caller, type, name);
  }
}
