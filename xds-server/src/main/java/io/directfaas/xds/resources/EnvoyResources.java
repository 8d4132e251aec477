package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.Graph;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.ResourceFactory;
import java.util.List;

/** The Envoy resources of the {@code fabric} data path: one Envoy per call, the caller's. */
public final class EnvoyResources implements ResourceFactory {
  private final IngressResources ingress;

  public EnvoyResources(IngressConfig config) {
    this.ingress = new IngressResources(config);
  }

  @Override
  public List<XdsResource> own(Graph graph, FunctionRef function) {
    return function.isIngress() ? ingress.of(graph) : OutboundResources.of(graph, function);
  }

  @Override
  public List<XdsResource> callee(Graph graph, FunctionRef function) {
    return CalleeResources.of(graph, function);
  }
}
