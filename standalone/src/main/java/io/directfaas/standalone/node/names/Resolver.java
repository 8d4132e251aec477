package io.directfaas.standalone.node.names;

import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import io.directfaas.standalone.node.net.Slot;
import io.directfaas.standalone.node.process.Backoff;
import io.directfaas.standalone.node.process.DetachedProcess;
import io.directfaas.standalone.node.process.LaunchSpec;
import io.directfaas.standalone.node.process.Supervised;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * The dnsmasq of one replica, which answers from a directory of hosts files and from nothing else:
 * every name of it has addresses, and no records of other types (an empty answer, not a missing
 * name, on which musl would give up); no other name exists.
 *
 * <p>It takes up a file that is renamed into the directory at once (inotify), whole, and before it
 * looks at the next query: who asks after the rename gets the new answer. It needs nothing of ours
 * to go on, and the files are all it needs to come back.
 */
final class Resolver {
  /** Of Debian's dnsmasq-base, without the service of the package dnsmasq. */
  static final Path PROGRAM = Path.of("/usr/sbin/dnsmasq");

  private Resolver() {}

  /** Starts it, or adopts it from an earlier JVM. */
  static Supervised start(Layout layout, String replicaId, Slot slot, Runnable onChange) {
    LaunchSpec spec =
        new LaunchSpec(
            "resolver " + replicaId,
            command(layout, replicaId, slot),
            LaunchSpec.PLAIN_ENVIRONMENT,
            layout.resolverLog(replicaId),
            layout.resolverPid(replicaId));
    Supervised.Hooks hooks =
        new Supervised.Hooks() {
          @Override
          public void started(DetachedProcess process, boolean adopted) {
            onChange.run();
          }

          @Override
          public void ended(String reason) {
            onChange.run();
          }
        };
    return new Supervised(spec, hooks, Backoff.ofProcess()).start();
  }

  static List<String> command(Layout layout, String replicaId, Slot slot) {
    String uid = Integer.toString(slot.resolverUid());
    // Port 53 of the gateway's address is a port that no function can take from it.
    String capabilities = "-all,+net_bind_service";
    List<String> command = new ArrayList<>(Namespaces.enter(layout.replicaNamespace(replicaId)));
    command.addAll(List.of("setpriv", "--reuid", uid, "--regid", uid, "--clear-groups"));
    command.addAll(List.of("--bounding-set", capabilities, "--inh-caps", capabilities));
    command.addAll(List.of("--ambient-caps", capabilities, "--no-new-privs", "--"));
    command.add(PROGRAM.toString());
    command.addAll(List.of("--keep-in-foreground", "--conf-file=/dev/null", "--pid-file="));
    command.addAll(List.of("--log-facility=-", "--no-resolv", "--no-hosts", "--no-ident"));
    command.add("--hostsdir=" + layout.namesDir(replicaId));
    // Whatever is not in the files does not exist.
    command.add("--address=/#/");
    command.addAll(List.of("--listen-address=" + ReplicaNetwork.GATEWAY, "--bind-interfaces"));
    // Nothing to keep: answers come from the files, and nobody shall remember them.
    command.addAll(List.of("--cache-size=0", "--local-ttl=0"));
    return List.copyOf(command);
  }
}
