package io.directfaas.graph.watch;

import io.directfaas.graph.Bandwidth;
import io.directfaas.graph.DataPath;
import io.directfaas.graph.Edge;
import io.directfaas.graph.EdgeOrigin;
import io.directfaas.graph.EdgePolicy;
import io.directfaas.graph.Function;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Ipv4;
import io.directfaas.graph.MacAddress;
import io.directfaas.graph.NameRoute;
import io.directfaas.graph.Replica;
import io.directfaas.graph.ReplicaState;
import io.directfaas.graph.Tenant;
import io.directfaas.graph.v1.Delta;
import io.directfaas.graph.v1.EdgeKey;
import java.util.List;

/** Between the domain and its messages. */
final class Wire {
  private Wire() {}

  static Delta toProto(GraphDelta delta) {
    Delta.Builder proto = Delta.newBuilder().setFrom(delta.from()).setTo(delta.to());
    delta.putTenants().forEach(tenant -> proto.addPutTenants(toProto(tenant)));
    proto.addAllRemovedTenants(delta.removedTenants());
    delta.putFunctions().forEach(function -> proto.addPutFunctions(toProto(function)));
    delta.removedFunctions().forEach(ref -> proto.addRemovedFunctions(toProto(ref)));
    delta.putReplicas().forEach(replica -> proto.addPutReplicas(toProto(replica)));
    proto.addAllRemovedReplicas(delta.removedReplicas());
    delta.putEdges().forEach(edge -> proto.addPutEdges(toProto(edge)));
    delta.removedEdges().forEach(key -> proto.addRemovedEdges(toProto(key)));
    return proto.build();
  }

  /**
   * @throws IllegalArgumentException if the message holds a value this version does not know
   */
  static GraphDelta fromProto(Delta proto) {
    return new GraphDelta(
        proto.getFrom(),
        proto.getTo(),
        proto.getPutTenantsList().stream().map(Wire::fromProto).toList(),
        List.copyOf(proto.getRemovedTenantsList()),
        proto.getPutFunctionsList().stream().map(Wire::fromProto).toList(),
        proto.getRemovedFunctionsList().stream().map(Wire::fromProto).toList(),
        proto.getPutReplicasList().stream().map(Wire::fromProto).toList(),
        List.copyOf(proto.getRemovedReplicasList()),
        proto.getPutEdgesList().stream().map(Wire::fromProto).toList(),
        proto.getRemovedEdgesList().stream()
            .map(key -> new Edge.Key(fromProto(key.getCaller()), fromProto(key.getCallee())))
            .toList());
  }

  private static io.directfaas.graph.v1.FunctionRef toProto(FunctionRef ref) {
    return io.directfaas.graph.v1.FunctionRef.newBuilder()
        .setNamespace(ref.namespace())
        .setName(ref.name())
        .build();
  }

  private static FunctionRef fromProto(io.directfaas.graph.v1.FunctionRef proto) {
    return new FunctionRef(proto.getNamespace(), proto.getName());
  }

  private static io.directfaas.graph.v1.Tenant toProto(Tenant tenant) {
    Bandwidth bandwidth = tenant.bandwidth();
    return io.directfaas.graph.v1.Tenant.newBuilder()
        .setName(tenant.name())
        .setId(tenant.id())
        .setPolicy(
            switch (tenant.policy()) {
              case EDGES -> io.directfaas.graph.v1.Tenant.Policy.EDGES;
              case TENANT -> io.directfaas.graph.v1.Tenant.Policy.TENANT;
            })
        .setDataPath(toProto(tenant.dataPath()))
        .setBandwidthKbps(bandwidth == null ? 0 : bandwidth.kbps())
        .build();
  }

  private static Tenant fromProto(io.directfaas.graph.v1.Tenant proto) {
    EdgePolicy policy =
        switch (proto.getPolicy()) {
          case EDGES -> EdgePolicy.EDGES;
          case TENANT -> EdgePolicy.TENANT;
          case UNRECOGNIZED -> throw unknown("tenant policy");
        };
    long kbps = proto.getBandwidthKbps();
    return new Tenant(
        proto.getName(),
        id(proto.getId(), Tenant.MAX_ID, "tenant " + proto.getName()),
        policy,
        fromProto(proto.getDataPath()),
        kbps == 0 ? null : new Bandwidth(kbps));
  }

  private static io.directfaas.graph.v1.DataPath toProto(DataPath dataPath) {
    return switch (dataPath) {
      case FABRIC -> io.directfaas.graph.v1.DataPath.FABRIC_PATH;
      case MTLS -> io.directfaas.graph.v1.DataPath.MTLS_PATH;
    };
  }

  private static DataPath fromProto(io.directfaas.graph.v1.DataPath proto) {
    return switch (proto) {
      case FABRIC_PATH -> DataPath.FABRIC;
      case MTLS_PATH -> DataPath.MTLS;
      case UNRECOGNIZED -> throw unknown("data path");
    };
  }

  private static io.directfaas.graph.v1.Function toProto(Function function) {
    return io.directfaas.graph.v1.Function.newBuilder()
        .setRef(toProto(function.ref()))
        .setId(function.id())
        .setNames(
            switch (function.names()) {
              case REPLICA -> io.directfaas.graph.v1.Function.Names.REPLICA;
              case SIDECAR -> io.directfaas.graph.v1.Function.Names.SIDECAR;
            })
        .addAllPolicy(PolicyWire.toProto(function.policy()))
        .build();
  }

  private static Function fromProto(io.directfaas.graph.v1.Function proto) {
    NameRoute names =
        switch (proto.getNames()) {
          case REPLICA -> NameRoute.REPLICA;
          case SIDECAR -> NameRoute.SIDECAR;
          case UNRECOGNIZED -> throw unknown("route of names");
        };
    FunctionRef ref = fromProto(proto.getRef());
    return new Function(
        ref,
        id(proto.getId(), Function.MAX_ID, "function " + ref),
        names,
        PolicyWire.fromProto(proto.getPolicyList()));
  }

  private static io.directfaas.graph.v1.Replica toProto(Replica replica) {
    return io.directfaas.graph.v1.Replica.newBuilder()
        .setId(replica.id())
        .setFunction(toProto(replica.function()))
        .setIp(replica.ip().bits())
        .setMac(replica.mac().bits())
        .setPort(replica.port())
        .setNode(replica.node())
        .setState(
            switch (replica.state()) {
              case STARTING -> io.directfaas.graph.v1.Replica.State.STARTING;
              case READY -> io.directfaas.graph.v1.Replica.State.READY;
              case DRAINING -> io.directfaas.graph.v1.Replica.State.DRAINING;
            })
        .build();
  }

  private static Replica fromProto(io.directfaas.graph.v1.Replica proto) {
    ReplicaState state =
        switch (proto.getState()) {
          case STARTING -> ReplicaState.STARTING;
          case READY -> ReplicaState.READY;
          case DRAINING -> ReplicaState.DRAINING;
          case UNRECOGNIZED -> throw unknown("replica state");
        };
    return new Replica(
        proto.getId(),
        fromProto(proto.getFunction()),
        new Ipv4(proto.getIp()),
        new MacAddress(proto.getMac()),
        proto.getPort(),
        proto.getNode(),
        state);
  }

  private static io.directfaas.graph.v1.Edge toProto(Edge edge) {
    return io.directfaas.graph.v1.Edge.newBuilder()
        .setCaller(toProto(edge.caller()))
        .setCallee(toProto(edge.callee()))
        .setDataPath(toProto(edge.dataPath()))
        .setOrigin(
            switch (edge.origin()) {
              case CALLS -> io.directfaas.graph.v1.Edge.Origin.CALLS;
              case CHAIN -> io.directfaas.graph.v1.Edge.Origin.CHAIN;
              case PUBLIC -> io.directfaas.graph.v1.Edge.Origin.PUBLIC;
              case POLICY -> io.directfaas.graph.v1.Edge.Origin.POLICY;
            })
        .addAllPolicy(PolicyWire.toProto(edge.policy()))
        .build();
  }

  private static Edge fromProto(io.directfaas.graph.v1.Edge proto) {
    EdgeOrigin origin =
        switch (proto.getOrigin()) {
          case CALLS -> EdgeOrigin.CALLS;
          case CHAIN -> EdgeOrigin.CHAIN;
          case PUBLIC -> EdgeOrigin.PUBLIC;
          case POLICY -> EdgeOrigin.POLICY;
          case UNRECOGNIZED -> throw unknown("edge origin");
        };
    return new Edge(
        fromProto(proto.getCaller()),
        fromProto(proto.getCallee()),
        fromProto(proto.getDataPath()),
        origin,
        PolicyWire.fromProto(proto.getPolicyList()));
  }

  private static EdgeKey toProto(Edge.Key key) {
    return EdgeKey.newBuilder()
        .setCaller(toProto(key.caller()))
        .setCallee(toProto(key.callee()))
        .build();
  }

  /** One that is too large would mean someone else in the fabric's fields. */
  private static int id(int sent, int max, String whose) {
    if (sent < 1 || sent > max) {
      throw new IllegalArgumentException(
          "the owner of the graph sent "
              + whose
              + " with id "
              + Integer.toUnsignedString(sent)
              + ", which is not within 1 to "
              + max);
    }
    return sent;
  }

  private static IllegalArgumentException unknown(String what) {
    return new IllegalArgumentException("the owner of the graph sent an unknown " + what);
  }
}
