package io.directfaas.sdn.pipeline;

import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Where replicas say they are plugged in, and which of them name the same port. Immutable. */
final class PortIndex {
  static final PortIndex NONE = new PortIndex(Map.of());

  private final Map<String, Port> ports;
  // By number, ordered by replica id; only ports that several name, which as a rule is none.
  private final Map<Integer, List<String>> contested;

  private PortIndex(Map<String, Port> ports) {
    this.ports = ports;
    this.contested = contested(ports);
  }

  private static Map<Integer, List<String>> contested(Map<String, Port> ports) {
    Map<Integer, String> first = HashMap.newHashMap(ports.size());
    Map<Integer, List<String>> several = new HashMap<>();
    ports.forEach(
        (replica, port) -> {
          String other = first.putIfAbsent(port.number(), replica);
          if (other != null) {
            several
                .computeIfAbsent(port.number(), n -> new ArrayList<>(List.of(other)))
                .add(replica);
          }
        });
    several.values().forEach(Collections::sort);
    return several;
  }

  /** That of these ports: this one, if it is. */
  PortIndex with(Map<String, Port> those) {
    return ports.equals(those) ? this : new PortIndex(Map.copyOf(those));
  }

  @Nullable Port get(String replica) {
    return ports.get(replica);
  }

  /** Who names the same port as a replica, itself included, in the order of ids. */
  List<String> rivals(String replica) {
    Port port = ports.get(replica);
    return port == null ? List.of() : contested.getOrDefault(port.number(), List.of());
  }

  /** The replicas whose port is another one there. */
  Set<String> differences(PortIndex other) {
    if (other == this) {
      return Set.of();
    }
    Set<String> names = new HashSet<>(ports.keySet());
    names.addAll(other.ports.keySet());
    names.removeIf(name -> java.util.Objects.equals(get(name), other.get(name)));
    return names;
  }
}
