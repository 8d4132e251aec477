package io.directfaas.standalone.cli.why;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Unavailable;
import io.directfaas.standalone.node.net.Namespaces;
import io.directfaas.standalone.node.net.ReplicaNetwork;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** Asks a replica's own resolver for the addresses of a name (RFC 1035). */
final class NameLookup {
  private static final int NO_SUCH_NAME = 3;
  private static final int TYPE_A = 1;
  private static final int HEADER = 12;
  private static final int POINTER = 0xc0;

  /** Sends what it reads, prints what comes back: one datagram each. */
  private static final String EXCHANGE =
      "exec 3<>/dev/udp/%s/53; cat >&3; timeout 2 dd bs=4096 count=1 status=none <&3"
          .formatted(ReplicaNetwork.GATEWAY);

  private NameLookup() {}

  /**
   * The addresses in order; empty if there is no such name.
   *
   * @throws Unavailable if the resolver cannot be asked, or does not answer
   */
  static List<String> inNamespaceOf(String networkNamespace, String name) {
    List<String> command = new ArrayList<>(Namespaces.enter(networkNamespace));
    command.addAll(List.of("bash", "-c", EXCHANGE));
    try {
      Process process =
          new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
      try (var query = process.getOutputStream()) {
        query.write(query(name));
      }
      byte[] answer = process.getInputStream().readAllBytes();
      if (process.waitFor() != 0 || answer.length < HEADER) {
        throw new Unavailable("the resolver in " + networkNamespace + " does not answer");
      }
      return addresses(answer);
    } catch (IOException e) {
      throw new Unavailable("cannot ask the resolver: " + CommandFailed.reason(e), e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new Unavailable("interrupted while asking the resolver", e);
    }
  }

  static byte[] query(String name) {
    ByteArrayOutputStream query = new ByteArrayOutputStream();
    // An id, recursion desired, one question, nothing else.
    query.writeBytes(new byte[] {0, 1, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    for (String label : name.split("\\.")) {
      query.write(label.length());
      query.writeBytes(label.getBytes(StandardCharsets.US_ASCII));
    }
    query.writeBytes(new byte[] {0, 0, TYPE_A, 0, 1});
    return query.toByteArray();
  }

  /**
   * @throws Unavailable if the answer is an error or makes no sense
   */
  static List<String> addresses(byte[] answer) {
    int code = answer[3] & 15;
    if (code == NO_SUCH_NAME) {
      return List.of();
    }
    if (code != 0) {
      throw new Unavailable("the resolver answers with error " + code);
    }
    try {
      int at = afterName(answer, HEADER) + 4;
      List<String> addresses = new ArrayList<>();
      for (int i = 0; i < number(answer, 6); i++) {
        at = afterName(answer, at);
        int length = number(answer, at + 8);
        if (number(answer, at) == TYPE_A && length == 4) {
          addresses.add(address(answer, at + 10));
        }
        at += 10 + length;
      }
      addresses.sort(null);
      return List.copyOf(addresses);
    } catch (ArrayIndexOutOfBoundsException e) {
      throw new Unavailable("the resolver's answer ends too early", e);
    }
  }

  private static int afterName(byte[] message, int start) {
    int at = start;
    while (message[at] != 0) {
      if ((message[at] & POINTER) == POINTER) {
        return at + 2;
      }
      at += message[at] + 1;
    }
    return at + 1;
  }

  private static int number(byte[] message, int at) {
    return (message[at] & 0xff) << 8 | message[at + 1] & 0xff;
  }

  private static String address(byte[] message, int at) {
    return String.join(
        ".", IntStream.range(at, at + 4).mapToObj(i -> "" + (message[i] & 0xff)).toList());
  }
}
