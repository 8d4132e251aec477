package io.directfaas.graph;

/**
 * One running instance of a function.
 *
 * @param id unique in the graph, a DNS label; also the xDS node id of its sidecar
 * @param function whose instance it is
 * @param ip its address inside the fabric; unique within its tenant
 * @param mac its hardware address
 * @param port the TCP port it serves on
 * @param node the machine it runs on
 * @param state where it is in its life
 */
public record Replica(
    String id,
    FunctionRef function,
    Ipv4 ip,
    MacAddress mac,
    int port,
    String node,
    ReplicaState state) {

  public boolean isReady() {
    return state == ReplicaState.READY;
  }

  public Replica withState(ReplicaState newState) {
    return new Replica(id, function, ip, mac, port, node, newState);
  }
}
