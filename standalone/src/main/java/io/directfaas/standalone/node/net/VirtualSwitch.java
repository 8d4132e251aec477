package io.directfaas.standalone.node.net;

import java.io.IOException;
import java.util.Map;
import java.util.Optional;

/** What joins the replicas of this node, in the fabric's namespace. */
public interface VirtualSwitch extends AutoCloseable {
  /**
   * Adopts what is there and makes what is not. Returns when ports can be added.
   *
   * @throws IOException if it does not come up, in one sentence
   */
  void start() throws IOException, InterruptedException;

  /**
   * Adds a port, or replaces what an existing one says of itself.
   *
   * @param name of an interface in the fabric's namespace
   * @param externalIds what the port says of itself; {@code directfaas-replica} is whose it is
   */
  void addPort(String name, Map<String, String> externalIds) throws IOException;

  /** Removes a port; none of that name is fine. */
  void removePort(String name) throws IOException;

  /** The replica that each port belongs to, by the port's name. */
  Map<String, String> ports() throws IOException;

  /** Why it is not up; empty when it is. */
  Optional<String> problem();

  /** Leaves it as it is. */
  @Override
  void close();
}
