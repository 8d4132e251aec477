package io.directfaas.standalone.node.net;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import org.junit.jupiter.api.Test;

/** On sockets of this process. */
class ListenCheckTest {
  private static final long SELF = ProcessHandle.current().pid();

  private static ServerSocket listen(int port) throws IOException {
    return new ServerSocket(port, 1, InetAddress.getLoopbackAddress());
  }

  @Test
  void followsASocketThatComesGoesAndComesAgain() throws IOException {
    ListenCheck check;
    int port;
    try (ServerSocket first = listen(0)) {
      port = first.getLocalPort();
      check = new ListenCheck(port);
      assertThat(check.listens(SELF)).isTrue();
      assertThat(check.listens(SELF)).isTrue();
    }
    assertThat(check.listens(SELF)).isFalse();
    try (ServerSocket second = listen(port)) {
      assertThat(check.listens(SELF)).isTrue();
    }
    assertThat(check.listens(SELF)).isFalse();
  }

  @Test
  void aDescriptorThatLeadsElsewhereNowIsNotTakenForTheOldSocket() throws IOException {
    ServerSocket first = listen(0);
    ListenCheck check = new ListenCheck(first.getLocalPort());
    assertThat(check.listens(SELF)).isTrue();

    first.close();
    // Likely with the number that has become free.
    try (ServerSocket other = listen(0)) {
      assertThat(other.getLocalPort()).isNotEqualTo(first.getLocalPort());
      assertThat(check.listens(SELF)).isFalse();
    }
  }

  @Test
  void nobodyListensInTheNamespaceOfAProcessThatHasEnded() throws Exception {
    Process ended = new ProcessBuilder("true").start();
    ended.waitFor();

    assertThat(new ListenCheck(1).listens(ended.pid())).isFalse();
  }
}
