package io.directfaas.standalone.node.net;

import io.directfaas.standalone.node.process.ProcFs;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The TCP sockets of a network namespace, as any process in it shows them (proc_net_tcp in the
 * kernel's documentation). Looking costs the function nothing; a probe would be a call.
 *
 * @param sockets local port, state and inode of each
 */
public record TcpSockets(List<Entry> sockets) {
  private static final int LISTEN = 0x0a;

  /**
   * ESTABLISHED; SYN_RECV: about to be; FIN_WAIT1, LAST_ACK, CLOSING: the last bytes of an answer
   * may be under way; CLOSE_WAIT: the caller has sent all and awaits the answer.
   */
  private static final Set<Integer> IN_USE = Set.of(0x01, 0x03, 0x04, 0x08, 0x09, 0x0b);

  /** One line of the table. */
  record Entry(int localPort, int state, long inode) {}

  /** Of the namespace that this process is in; none if it has ended. */
  public static TcpSockets of(long pid) {
    List<Entry> sockets = new ArrayList<>();
    ProcFs.read(pid, "net/tcp").ifPresent(table -> parse(table, sockets));
    ProcFs.read(pid, "net/tcp6").ifPresent(table -> parse(table, sockets));
    return new TcpSockets(sockets);
  }

  static void parse(String table, List<Entry> into) {
    table
        .lines()
        .skip(1)
        .forEach(
            line -> {
              String[] fields = line.strip().split("\\s+");
              if (fields.length > 9) {
                String local = fields[1];
                into.add(
                    new Entry(
                        Integer.parseInt(local.substring(local.lastIndexOf(':') + 1), 16),
                        Integer.parseInt(fields[3], 16),
                        Long.parseLong(fields[9])));
              }
            });
  }

  /** The inode of a socket that listens on that port. */
  Optional<Long> listener(int port) {
    return sockets.stream()
        .filter(s -> s.localPort == port && s.state == LISTEN)
        .map(Entry::inode)
        .findFirst();
  }

  /** How many connections to that port still have something to carry. */
  public long inUse(int port) {
    return sockets.stream().filter(s -> s.localPort == port && IN_USE.contains(s.state)).count();
  }
}
