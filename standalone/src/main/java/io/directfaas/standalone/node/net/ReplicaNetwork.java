package io.directfaas.standalone.node.net;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.exec.Tool;
import io.directfaas.standalone.node.exec.ToolFailedException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Makes and unmakes the networks of this stack's replicas. */
public final class ReplicaNetwork {
  /** Where a function finds its sidecar and its resolver. */
  public static final String GATEWAY = "169.254.88.1";

  private final Layout layout;
  private final Namespaces namespaces;
  private final VirtualSwitch ovs;

  public ReplicaNetwork(Layout layout, VirtualSwitch ovs) {
    this.layout = layout;
    this.namespaces = new Namespaces(layout);
    this.ovs = ovs;
  }

  /**
   * Makes the replica's namespace with its filter and addresses and puts it on the switch, whose
   * port says which replica it belongs to. What a failed attempt or an earlier user of the slot
   * left is replaced.
   *
   * @throws IOException if any step fails; then {@link #delete} removes what there is
   */
  public void create(String replicaId, Slot slot) throws IOException {
    String namespace = layout.replicaNamespace(replicaId);
    namespaces.claim(namespace);
    namespaces.delete(namespace);
    namespaces.claim(namespace);
    Tool.run(List.of("sh", "-s"), NetworkScript.create(layout, replicaId, slot));
    ovs.addPort(
        slot.fabricInterface(),
        Map.of(
            "directfaas-replica", replicaId,
            "attached-mac", slot.mac().toString(),
            "ip-address", slot.ip().toString()));
  }

  /** Whether namespace and port of a replica that an earlier JVM made are there. */
  public boolean exists(String replicaId, Slot slot) throws IOException {
    return namespaces.isRegistered(layout.replicaNamespace(replicaId))
        && Namespaces.exists(layout.replicaNamespace(replicaId))
        && replicaId.equals(ovs.ports().get(slot.fabricInterface()));
  }

  /** Removes port, veth and namespace; what is not there is fine. */
  public void delete(String replicaId, Slot slot) throws IOException {
    ovs.removePort(slot.fabricInterface());
    Tool.run(List.of("sh", "-s"), NetworkScript.delete(layout, slot));
    namespaces.delete(layout.replicaNamespace(replicaId));
  }

  /**
   * Lets the function's own user open connections to the fabric, or no longer. Until the first call
   * only the sidecar's can.
   *
   * @throws ToolFailedException if the replica has no network
   */
  public void letOut(String replicaId, Slot slot, boolean out) throws IOException {
    List<String> command = new ArrayList<>(Namespaces.enter(layout.replicaNamespace(replicaId)));
    command.addAll(List.of("nft", "-f", "-"));
    Tool.run(command, NetworkScript.letOut(slot, out));
  }

  /**
   * Packets that the replica's own filter dropped because its function may not send them.
   *
   * @throws ToolFailedException if the replica has no network
   */
  public long undeclaredPackets(String replicaId) throws IOException {
    List<String> command = new ArrayList<>(Namespaces.enter(layout.replicaNamespace(replicaId)));
    command.addAll(List.of("nft", "list", "counter", "ip", "directfaas", "undeclared"));
    String output = Tool.run(command, "");
    String[] words = output.strip().split("\\s+");
    return Long.parseLong(words[List.of(words).indexOf("packets") + 1]);
  }
}
