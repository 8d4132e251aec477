package io.directfaas.standalone.node.names;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One replica's names and the process that answers for them. What it last wrote it reads back from
 * the files, so that a JVM that comes back changes only what differs.
 */
public final class ReplicaNames implements AutoCloseable {
  private static final Duration STOP_GRACE = Duration.ofSeconds(1);
  private static final String OPEN = "open";
  private static final String CLOSED = "closed";

  private final Names names;
  private final Layout layout;
  private final String id;
  private final FunctionRef function;
  private final Slot slot;
  private final Path hosts;
  private final Path filterState;

  // Guarded by the lock of names.
  private @Nullable String text;
  private @Nullable Boolean open;

  private @Nullable Supervised resolver;

  ReplicaNames(Names names, Layout layout, String id, FunctionRef function, Slot slot) {
    this.names = names;
    this.layout = layout;
    this.id = id;
    this.function = function;
    this.slot = slot;
    this.hosts = layout.namesDir(id).resolve("hosts");
    this.filterState = layout.replicaDir(id).resolve("filter");
    this.text = read(hosts);
    this.open = readOpen();
  }

  /** A network is made closed; a state that is neither is that of a change that was cut short. */
  private @Nullable Boolean readOpen() {
    String state = read(filterState);
    if (state == null || state.equals(CLOSED)) {
      return false;
    }
    return state.equals(OPEN) ? true : null;
  }

  private static @Nullable String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      return null;
    }
  }

  String id() {
    return id;
  }

  FunctionRef function() {
    return function;
  }

  boolean hasNames() {
    return text != null;
  }

  /** Replaces its names in one step; the resolver answers by them from then on. */
  void write(String wanted) throws IOException {
    if (wanted.equals(text)) {
      return;
    }
    int gid = slot.resolverUid();
    Ownership.directory(layout.namesDir(id), 0, gid, "rwxr-x---");
    // Names with a leading dot are passed over by dnsmasq.
    Path incoming = hosts.resolveSibling(".hosts");
    Ownership.file(incoming, wanted.getBytes(StandardCharsets.UTF_8), 0, gid, "r--r-----");
    Files.move(incoming, hosts, StandardCopyOption.ATOMIC_MOVE);
    text = wanted;
  }

  /** Whether the function's own user can open connections to the fabric, as far as is known. */
  Optional<Boolean> open() {
    return Optional.ofNullable(open);
  }

  /** Lets the function's own user open connections to the fabric, or no longer. */
  void filter(ReplicaNetwork network, boolean wanted) throws IOException {
    if (open != null && open == wanted) {
      return;
    }
    open = null;
    Files.writeString(filterState, "changing");
    network.letOut(id, slot, wanted);
    Files.writeString(filterState, wanted ? OPEN : CLOSED);
    open = wanted;
  }

  void start(Runnable onChange) {
    resolver = Resolver.start(layout, id, slot, onChange);
  }

  /** Whether the resolver runs. */
  public boolean running() {
    return Optional.ofNullable(resolver)
        .flatMap(Supervised::process)
        .filter(DetachedProcess::alive)
        .isPresent();
  }

  /** Why the resolver does not run; empty while it does. */
  public Optional<String> problem() {
    return Optional.ofNullable(resolver)
        .flatMap(Supervised::problem)
        .map(problem -> "resolver: " + problem);
  }

  /** Cares for them no longer; the resolver runs on and answers what it last knew. */
  @Override
  public void close() {
    names.forget(this);
    if (resolver != null) {
      resolver.close();
    }
  }

  /** Ends the resolver; its files go with the replica's. */
  public void stop() throws InterruptedException {
    names.forget(this);
    if (resolver != null) {
      resolver.stop(STOP_GRACE);
    }
  }
}
