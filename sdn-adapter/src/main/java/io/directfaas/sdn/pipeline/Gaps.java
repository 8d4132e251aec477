package io.directfaas.sdn.pipeline;

import io.directfaas.graph.FunctionRef;
import java.util.Set;
import java.util.TreeSet;
import org.pcollections.HashTreePMap;
import org.pcollections.HashTreePSet;
import org.pcollections.PMap;
import org.pcollections.PSet;

/**
 * What of a graph a switch cannot carry, and why. Immutable.
 *
 * @param waiting ids of replicas without a port of theirs
 * @param ambiguous addresses that mean more than one replica to a tenant
 * @param unreached by function, the nodes of its replicas to which no way is known
 */
record Gaps(
    PSet<String> waiting, PSet<TenantAddress> ambiguous, PMap<FunctionRef, Set<String>> unreached) {
  static final Gaps NONE =
      new Gaps(HashTreePSet.empty(), HashTreePSet.empty(), HashTreePMap.empty());

  static Gaps of(FabricView view) {
    return new Gaps(
        HashTreePSet.from(view.waitingForPort()),
        HashTreePSet.from(view.ambiguous()),
        HashTreePMap.from(view.unknownNodes()));
  }

  /** Without some of these, and with others. */
  Gaps with(Gaps gone, Gaps come) {
    return new Gaps(
        waiting.minusAll(gone.waiting).plusAll(come.waiting),
        ambiguous.minusAll(gone.ambiguous).plusAll(come.ambiguous),
        unreached.minusAll(gone.unreached.keySet()).plusAll(come.unreached));
  }

  Set<String> ambiguousAddresses() {
    Set<String> addresses = new TreeSet<>();
    ambiguous.forEach(address -> addresses.add(address.ip().toString()));
    return addresses;
  }

  Set<String> unknownNodes() {
    Set<String> nodes = new TreeSet<>();
    unreached.values().forEach(nodes::addAll);
    return nodes;
  }
}
