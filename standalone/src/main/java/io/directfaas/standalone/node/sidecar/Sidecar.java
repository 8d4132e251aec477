package io.directfaas.standalone.node.sidecar;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.Ownership;
import io.directfaas.standalone.node.Users;
import io.directfaas.standalone.node.net.ListenCheck;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One replica's Envoy with its end of the control plane: adopted if it runs, supervised, and run as
 * a user of its own without any privilege.
 *
 * <p>The ingress's Envoy is the one exception: it listens in the host's namespace while its own
 * network is the fabric, and setns(2) needs CAP_SYS_ADMIN. Tried: no other capability is needed for
 * that, and without it the listener is refused.
 */
public final class Sidecar implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Sidecar.class);
  private static final Duration STOP_GRACE = Duration.ofSeconds(2);

  /** An Envoy sends its counters every two seconds; its last calls are in them by then. */
  private static final Duration LAST_REPORT = Duration.ofMillis(2500);

  private static final int OUTBOUND_PORT = 15001;

  private final AutoCloseable controlSocket;
  private final Supervised envoy;
  private final ListenCheck listen = new ListenCheck(OUTBOUND_PORT);

  private Sidecar(AutoCloseable controlSocket, Supervised envoy) {
    this.controlSocket = controlSocket;
    this.envoy = envoy;
  }

  /** Starts sidecars of one stack. */
  public static final class Starter {
    private final Layout layout;
    private final Path envoyBinary;
    private final SidecarBootstrap bootstrap;
    private final ControlSockets sockets;

    public Starter(
        Layout layout, Path envoyBinary, SidecarBootstrap bootstrap, ControlSockets sockets) {
      this.layout = layout;
      this.envoyBinary = envoyBinary;
      this.bootstrap = bootstrap;
      this.sockets = sockets;
    }

    /**
     * Starts or adopts the sidecar of a replica whose network is there.
     *
     * @param onChange called whenever the Envoy has started or ended
     * @throws IOException if its files cannot be written or its socket not be opened
     */
    public Sidecar start(String replicaId, FunctionRef function, Slot slot, Runnable onChange)
        throws IOException {
      int uid = slot.sidecarUid();
      Ownership.directory(layout.sidecarDir(replicaId), uid, uid, "rwx------");
      AutoCloseable socket =
          sockets.open(layout.controlSocket(replicaId), replicaId, function, uid, uid);
      LaunchSpec spec =
          new LaunchSpec(
              "sidecar " + replicaId,
              command(replicaId, slot, function.isIngress()),
              LaunchSpec.PLAIN_ENVIRONMENT,
              layout.sidecarLog(replicaId),
              layout.sidecarPid(replicaId));
      Supervised.Hooks hooks =
          new Supervised.Hooks() {
            @Override
            public void beforeStart() throws IOException {
              Files.deleteIfExists(layout.adminSocket(replicaId));
              String json =
                  bootstrap.json(
                      replicaId,
                      function,
                      layout.controlSocket(replicaId),
                      layout.adminSocket(replicaId));
              Ownership.file(
                  layout.bootstrapFile(replicaId),
                  json.getBytes(StandardCharsets.UTF_8),
                  0,
                  uid,
                  "r--r-----");
            }

            @Override
            public void started(DetachedProcess process, boolean adopted) {
              onChange.run();
            }

            @Override
            public void ended(String reason) {
              onChange.run();
            }
          };
      return new Sidecar(socket, new Supervised(spec, hooks, Backoff.ofProcess()).start());
    }

    private List<String> command(String replicaId, Slot slot, boolean ingress) {
      String uid = Integer.toString(slot.sidecarUid());
      String capabilities = ingress ? "-all,+sys_admin" : "-all";
      List<String> command = new ArrayList<>(Namespaces.enter(layout.replicaNamespace(replicaId)));
      command.addAll(
          List.of(
              "setpriv",
              "--reuid",
              uid,
              "--regid",
              uid,
              // Whoever is in it may hand calls to the queue worker.
              "--groups",
              Integer.toString(Users.QUEUE_CALLERS),
              "--bounding-set",
              capabilities,
              "--inh-caps",
              capabilities,
              "--ambient-caps",
              capabilities,
              "--no-new-privs",
              "--"));
      command.addAll(
          List.of(
              envoyBinary.toString(),
              "-c",
              layout.bootstrapFile(replicaId).toString(),
              "--concurrency",
              "1",
              "--disable-hot-restart",
              "-l",
              "warn"));
      return command;
    }
  }

  /** Whether it takes its function's calls: its outbound listener is there. */
  public boolean ready() {
    return process().map(p -> listen.listens(p.pid())).orElse(false);
  }

  public Optional<DetachedProcess> process() {
    return envoy.process();
  }

  public Optional<String> problem() {
    return envoy.problem().map(problem -> "sidecar: " + problem);
  }

  /** Supervises no longer and lets go of the control socket; Envoy runs on. */
  @Override
  public void close() {
    envoy.close();
    closeSocket();
  }

  /** Ends it, when it has told of its last calls. */
  public void stop() throws InterruptedException {
    try {
      if (process().isPresent()) {
        Thread.sleep(LAST_REPORT);
      }
      envoy.stop(STOP_GRACE);
    } finally {
      closeSocket();
    }
  }

  private void closeSocket() {
    try {
      controlSocket.close();
    } catch (Exception e) {
      log.warn("a sidecar's control socket could not be closed", e);
    }
  }
}
