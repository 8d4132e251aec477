package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import java.util.List;

/** The Envoy resources of the {@code fabric} data path: one Envoy per call, the caller's. */
public final class EnvoyResources implements ResourceFactory {
  /** Where a sidecar takes its function's calls, on its loopback. */
  public static final int OUTBOUND_PORT = 15001;

  private final IngressResources ingress;
  private final OutboundResources outbound;

  public EnvoyResources(IngressConfig config) {
    this(config, OUTBOUND_PORT);
  }

  /** With another outbound port, for sidecars that share a network namespace. */
  public EnvoyResources(IngressConfig config, int outboundPort) {
    this.ingress = new IngressResources(config);
    this.outbound = new OutboundResources(outboundPort);
  }

  @Override
  public List<XdsResource> own(Graph graph, FunctionRef function) {
    return function.isIngress() ? ingress.of(graph) : outbound.of(graph, function);
  }

  @Override
  public List<XdsResource> callee(Graph graph, FunctionRef function) {
    return CalleeResources.of(graph, function);
  }
}
