package io.directfaas.sdn.testing;

import io.directfaas.graph.Replica;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ThreadLocalRandom;

/** Network namespaces of one test; needs root. All are gone after {@link #close()}. */
public final class Namespaces implements AutoCloseable {
  private final String prefix =
      String.format(Locale.ROOT, "df-t%05x-", ThreadLocalRandom.current().nextInt(0xfffff));
  private final List<String> created = new ArrayList<>();

  public String create(String name) {
    String full = prefix + name;
    Shell.run("ip", "netns", "add", full);
    created.add(full);
    Shell.run("ip", "-n", full, "link", "set", "lo", "up");
    return full;
  }

  /**
   * A namespace for a replica, with eth0 as the replica's, whose other end is in another namespace.
   *
   * @return the namespace's name
   */
  public String replica(Replica replica, String switchNamespace, String switchDevice) {
    String namespace = create(replica.id());
    Shell.run(
        "ip",
        "-n",
        switchNamespace,
        "link",
        "add",
        switchDevice,
        "type",
        "veth",
        "peer",
        "name",
        "eth0",
        "address",
        replica.mac().toString(),
        "netns",
        namespace);
    Shell.run("ip", "-n", switchNamespace, "link", "set", switchDevice, "up");
    Shell.run("ip", "-n", namespace, "addr", "add", replica.ip() + "/16", "dev", "eth0");
    Shell.run("ip", "-n", namespace, "link", "set", "eth0", "up");
    return namespace;
  }

  /** Deletes the namespaces, and with them the devices inside. */
  @Override
  public void close() {
    for (String name : created.reversed()) {
      Shell.run("ip", "netns", "del", name);
    }
    created.clear();
  }
}
