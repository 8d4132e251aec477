package io.directfaas.standalone.node.function;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import io.directfaas.graph.load.FunctionCalls;
import io.directfaas.graph.load.SourceCalls;
import io.directfaas.graph.load.SourceCalls.Source;
import io.directfaas.standalone.node.Ownership;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.Channels;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where one replica's watchdog says which calls came to it past every proxy. What it says is the
 * function's own word, of itself only; how much it can say is bounded.
 */
final class DirectCallsSocket implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DirectCallsSocket.class);

  /** The socket's name in the directory that the sandbox shows. */
  static final String NAME = "calls.sock";

  private static final int LONGEST_LINE = 16 << 10;
  private static final int MOST_CONNECTIONS = 4;
  private static final int MOST_LIVES = 64;
  private static final int MOST_CODES = 64;
  private static final Pattern LIFE = Pattern.compile("[0-9a-f]{1,32}");
  private static final Pattern COUNT = Pattern.compile("[0-9]{1,15}");
  private static final Pattern CODE = Pattern.compile("[1-5][0-9]{2}");

  private final String replica;
  private final FunctionRef function;
  private final Consumer<SourceCalls> sink;
  private final ServerSocketChannel server;
  private final Semaphore connections = new Semaphore(MOST_CONNECTIONS);
  // Guarded by this.
  private final Set<String> lives = new HashSet<>();

  private DirectCallsSocket(
      String replica,
      FunctionRef function,
      Consumer<SourceCalls> sink,
      ServerSocketChannel server) {
    this.replica = replica;
    this.function = function;
    this.sink = sink;
    this.server = server;
  }

  /**
   * Listens.
   *
   * @param dir a directory for the socket alone, which the sandbox shows: it stays the same one for
   *     as long as the replica lives, also when the socket in it is made anew
   * @param uid the function's user
   */
  static DirectCallsSocket open(
      Path dir, int uid, String replica, FunctionRef function, Consumer<SourceCalls> sink)
      throws IOException {
    Ownership.directory(dir, 0, uid, "rwx--x---");
    Path path = dir.resolve(NAME);
    Files.deleteIfExists(path);
    ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
    server.bind(UnixDomainSocketAddress.of(path));
    Ownership.set(path, 0, uid, "rw-rw----");
    DirectCallsSocket socket = new DirectCallsSocket(replica, function, sink, server);
    Thread.ofVirtual().name("direct calls of " + replica).start(socket::accept);
    return socket;
  }

  private void accept() {
    try {
      while (true) {
        SocketChannel channel = server.accept();
        if (connections.tryAcquire()) {
          Thread.ofVirtual().start(() -> read(channel));
        } else {
          channel.close();
        }
      }
    } catch (IOException closed) {
      log.trace("closed", closed);
    }
  }

  private void read(SocketChannel channel) {
    try (channel;
        InputStream input = new BufferedInputStream(Channels.newInputStream(channel), 1024)) {
      StringBuilder line = new StringBuilder();
      for (int c = input.read(); c >= 0; c = input.read()) {
        if (c == '\n') {
          take(line.toString());
          line.setLength(0);
        } else if (line.length() < LONGEST_LINE) {
          line.append((char) c);
        } else {
          return;
        }
      }
    } catch (IOException e) {
      log.trace("broken off", e);
    } finally {
      connections.release();
    }
  }

  private void take(String line) {
    Optional<SourceCalls> calls = parse(line);
    if (calls.isPresent() && isKnown(calls.get().source().life())) {
      sink.accept(calls.get());
    }
  }

  /**
   * Each start of a watchdog is a life; a function that makes them up gets no further than this.
   */
  private synchronized boolean isKnown(String life) {
    return lives.contains(life) || (lives.size() < MOST_LIVES && lives.add(life));
  }

  /** As watchdogs write it; empty where it is anything else. */
  private Optional<SourceCalls> parse(String line) {
    String[] words = line.split(" ", -1);
    if (words.length < 2
        || words.length > 2 + MOST_CODES
        || !LIFE.matcher(words[0]).matches()
        || !COUNT.matcher(words[1]).matches()) {
      return Optional.empty();
    }
    List<EndedCalls> ended = new ArrayList<>();
    for (int i = 2; i < words.length; i++) {
      Optional<EndedCalls> calls = ended(words[i]);
      if (calls.isEmpty()) {
        return Optional.empty();
      }
      ended.add(calls.get());
    }
    return Optional.of(
        new SourceCalls(
            new Source(replica, Source.WATCHDOG + words[0]),
            List.of(new FunctionCalls(function, Long.parseLong(words[1]), ended))));
  }

  private static Optional<EndedCalls> ended(String word) {
    String[] parts = word.split(":", -1);
    if (parts.length != 3
        || !CODE.matcher(parts[0]).matches()
        || !COUNT.matcher(parts[1]).matches()) {
      return Optional.empty();
    }
    List<Long> buckets = new ArrayList<>();
    for (String bucket : parts[2].split(",", EndedCalls.BOUNDS.size() + 2)) {
      if (!COUNT.matcher(bucket).matches()) {
        return Optional.empty();
      }
      buckets.add(Long.parseLong(bucket));
    }
    if (buckets.size() != EndedCalls.BOUNDS.size() + 1) {
      return Optional.empty();
    }
    long count = buckets.stream().mapToLong(Long::longValue).sum();
    return Optional.of(
        new EndedCalls(Integer.parseInt(parts[0]), count, Long.parseLong(parts[1]) / 1e9, buckets));
  }

  /** Hears no new ones; what is being said is heard to its end. */
  @Override
  public void close() {
    try {
      server.close();
    } catch (IOException e) {
      log.debug("the socket of {} does not close", replica, e);
    }
  }
}
