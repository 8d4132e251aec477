package io.directfaas.gateway.owner;

import io.directfaas.gateway.function.FunctionSpec;
import io.directfaas.gateway.function.ScaleBounds;
import io.directfaas.gateway.namespace.NamespaceSpec;
import io.directfaas.gateway.owner.GraphState.Change;
import io.directfaas.gateway.owner.RejectedChangeException.Reason;
import io.directfaas.gateway.provider.FunctionProvider;
import io.directfaas.gateway.store.FunctionRow;
import io.directfaas.gateway.store.Store;
import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.GraphDelta;
import io.directfaas.graph.Violation;
import io.directfaas.graph.watch.GraphPublisher;
import io.directfaas.graph.watch.PublisherConfig;
import io.directfaas.graph.watch.RevisionProgress;
import io.directfaas.graph.watch.Urgency;
import io.grpc.BindableService;
import java.time.Clock;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;

/**
 * The single writer of the graph. Every change is computed on the current state, checked, stored,
 * published, and told to the provider, in this order and one at a time; a reader sees the state
 * before or after it.
 */
public final class GraphOwner implements AutoCloseable {
  private final Store store;
  private final Clock clock;
  private final String defaultNamespace;
  private final GraphPublisher publisher;
  private final ProviderFeed feed;
  private final ReentrantLock lock = new ReentrantLock();
  private volatile GraphState state;

  /**
   * Takes up the stored graph where it was left.
   *
   * @param defaultNamespace the namespace that always exists
   */
  public GraphOwner(
      Store store,
      FunctionProvider provider,
      PublisherConfig publishing,
      String defaultNamespace,
      Clock clock) {
    this.store = store;
    this.clock = clock;
    this.defaultNamespace = defaultNamespace;
    this.feed = new ProviderFeed(provider);
    GraphState loaded = GraphState.of(store.load());
    Draft draft = new Draft(loaded);
    draft.putSystem();
    if (draft.namespace(defaultNamespace).isEmpty()) {
      draft.put(new NamespaceSpec(defaultNamespace, Map.of(), Map.of()));
    }
    Optional<Change> first = draft.finish();
    first.ifPresent(change -> store.write(change.rows()));
    this.state = first.map(Change::after).orElse(loaded);
    this.publisher = new GraphPublisher(state.graph(), publishing);
  }

  /** The current state. */
  public GraphState state() {
    return state;
  }

  /** What subscribers connect to. */
  public BindableService watchService() {
    return publisher.service();
  }

  /** Hands the provider all that is desired and known, and from then on every change. */
  public void startProvider() {
    GraphState snapshot;
    lock.lock();
    try {
      snapshot = state;
      feed.open();
    } finally {
      lock.unlock();
    }
    feed.start(new ReportedReplicas(this), snapshot.desired(), snapshot.knownReplicas());
  }

  /**
   * Deploys a new function.
   *
   * @param spec valid by itself
   * @throws RejectedChangeException if it exists, or its namespace does not
   */
  public Committed deploy(FunctionSpec spec) {
    return change(
        Urgency.NORMAL,
        draft -> {
          requireNamespace(draft, spec.ref().namespace());
          if (draft.function(spec.ref()).isPresent()) {
            throw new RejectedChangeException(
                Reason.CONFLICT,
                new Violation(
                    "service",
                    "function " + spec.ref() + " exists already; PUT the deployment to update it"));
          }
          draft.put(spec, ScaleBounds.of(spec).initial(), clock.instant());
        });
  }

  /**
   * Replaces a function's spec. Deploying what is deployed changes nothing and restarts nothing.
   *
   * @param spec valid by itself
   * @throws RejectedChangeException if there is no such function
   */
  public Committed update(FunctionSpec spec) {
    return change(
        Urgency.NORMAL,
        draft -> {
          FunctionRow row = requireFunction(draft, spec.ref());
          int replicas = ScaleBounds.of(spec).afterUpdate(row.replicas());
          if (!spec.equals(row.spec())) {
            draft.put(spec, replicas, clock.instant());
          } else if (replicas != row.replicas()) {
            draft.scale(row, replicas);
          }
        });
  }

  /**
   * Deletes a function. It is gone for users at once, and from the graph when its last replica is.
   *
   * @throws RejectedChangeException if there is no such function
   */
  public Committed remove(FunctionRef ref) {
    return change(
        Urgency.NORMAL,
        draft -> {
          requireFunction(draft, ref);
          draft.leaveFunction(ref);
        });
  }

  /**
   * Sets how many replicas a function should have.
   *
   * @param replicas 0 or more
   * @throws RejectedChangeException if there is no such function
   */
  public Committed scale(FunctionRef ref, int replicas) {
    return change(
        Urgency.NORMAL,
        draft -> {
          FunctionRow row = requireFunction(draft, ref);
          if (row.replicas() != replicas) {
            draft.scale(row, replicas);
          }
        });
  }

  /**
   * Makes a namespace.
   *
   * @throws RejectedChangeException if it exists
   */
  public Committed createNamespace(NamespaceSpec spec) {
    return change(
        Urgency.NORMAL,
        draft -> {
          if (draft.namespace(spec.name()).isPresent()) {
            throw new RejectedChangeException(
                Reason.CONFLICT,
                new Violation("name", "namespace '" + spec.name() + "' exists already"));
          }
          draft.put(spec);
        });
  }

  /**
   * Replaces a namespace's labels and annotations.
   *
   * @throws RejectedChangeException if there is no such namespace
   */
  public Committed updateNamespace(NamespaceSpec spec) {
    return change(
        Urgency.NORMAL,
        draft -> {
          requireNamespaceFound(draft, spec.name());
          draft.put(spec);
        });
  }

  /**
   * Deletes a namespace with its functions and secrets. The fabric closes first.
   *
   * @throws RejectedChangeException if there is no such namespace, or it is the default one
   */
  public Committed deleteNamespace(String name) {
    return change(
        Urgency.REVOKE,
        draft -> {
          requireNamespaceFound(draft, name);
          if (name.equals(defaultNamespace)) {
            throw new RejectedChangeException(
                Reason.INVALID,
                new Violation("name", "'" + name + "' is the default namespace and stays"));
          }
          draft.leaveNamespace(name);
        });
  }

  /** Completes when the change is in force in every layer, what it removed included. */
  public CompletableFuture<RevisionProgress> whenInForce(Committed committed) {
    return committed.removes()
        ? publisher.whenRetired(committed.revision())
        : publisher.whenLive(committed.revision());
  }

  /** Who has applied a revision. */
  public RevisionProgress progress(long revision) {
    return publisher.progress(revision);
  }

  /**
   * Makes one change: computed, checked, stored, published, told.
   *
   * @throws io.directfaas.graph.InvalidGraphException if it breaks a rule of the graph
   * @throws io.directfaas.gateway.store.StoreException if it cannot be stored
   */
  Committed change(Urgency urgency, Consumer<Draft> edit) {
    lock.lock();
    try {
      Draft draft = new Draft(state);
      edit.accept(draft);
      Optional<Change> finished = draft.finish();
      if (finished.isEmpty()) {
        return new Committed(state.graph().revision(), false);
      }
      Change change = finished.get();
      store.write(change.rows());
      GraphState old = state;
      state = change.after();
      GraphDelta delta = change.delta();
      if (!delta.isEmpty()) {
        publisher.publish(delta, urgency);
      }
      tellProvider(old, change);
      return new Committed(delta.to(), removes(old, delta));
    } finally {
      lock.unlock();
    }
  }

  /** Deletes come first: a function may leave and come back in one change one day. */
  private void tellProvider(GraphState old, Change change) {
    List<FunctionRef> gone = change.rows().removedFunctions();
    gone.stream().filter(ref -> old.function(ref).isPresent()).forEach(feed::remove);
    for (FunctionRow row : change.rows().putFunctions()) {
      change
          .after()
          .function(row.ref())
          .ifPresentOrElse(
              function -> feed.apply(function.desired()), () -> feed.remove(row.ref()));
    }
  }

  /** A changed edge counts as removed, too: the old one may have led another way. */
  private static boolean removes(GraphState old, GraphDelta delta) {
    return !delta.removedEdges().isEmpty()
        || !delta.removedReplicas().isEmpty()
        || !delta.removedFunctions().isEmpty()
        || !delta.removedTenants().isEmpty()
        || delta.putEdges().stream().anyMatch(edge -> old.graph().edges().containsKey(edge.key()));
  }

  private static void requireNamespace(Draft draft, String name) {
    if (draft.namespace(name).isEmpty()) {
      throw new RejectedChangeException(
          Reason.INVALID, new Violation("namespace", "there is no namespace '" + name + "'"));
    }
  }

  private static void requireNamespaceFound(Draft draft, String name) {
    if (draft.namespace(name).isEmpty()) {
      throw new RejectedChangeException(
          Reason.NOT_FOUND, new Violation("name", "there is no namespace '" + name + "'"));
    }
  }

  private static FunctionRow requireFunction(Draft draft, FunctionRef ref) {
    return draft
        .function(ref)
        .orElseThrow(
            () ->
                new RejectedChangeException(
                    Reason.NOT_FOUND, new Violation("service", "there is no function " + ref)));
  }

  @Override
  public void close() {
    feed.close();
    publisher.close();
  }
}
