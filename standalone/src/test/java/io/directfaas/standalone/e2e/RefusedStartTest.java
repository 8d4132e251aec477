package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.List;
import org.junit.jupiter.api.Test;

/** A start that cannot succeed says why in one sentence and leaves nothing behind. */
class RefusedStartTest {

  @Test
  void aTakenPortIsNamed() throws Exception {
    try (StackUnderTest stack = StackUnderTest.create();
        ServerSocket taken = new ServerSocket()) {
      taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), stack.port(8081)));

      StackUnderTest.Outcome outcome = stack.run("up");

      assertThat(outcome.exit()).isNotZero();
      assertThat(outcome.output()).contains(String.valueOf(stack.port(8081)));
      assertThat(outcome.output().strip().lines()).hasSize(1);
      taken.close();
      Machine.assertNothingLeft(stack);
    }
  }

  @Test
  void withoutRootItSaysSo() {
    try (StackUnderTest stack = StackUnderTest.create()) {
      StackUnderTest.Outcome outcome =
          stack.runAs(List.of("unshare", "--user", "--map-user=1000"), "up");

      assertThat(outcome.exit()).isNotZero();
      assertThat(outcome.output()).contains("root");
      assertThat(outcome.output().strip().lines()).hasSize(1);
      Machine.assertNothingLeft(stack);
    }
  }

  @Test
  void aSecondUpFindsTheFirst() {
    try (StackUnderTest stack = StackUnderTest.started()) {
      assertThat(stack.succeed("up")).contains("up already");
    }
  }

  @Test
  void twoStacksRunSideBySide() throws Exception {
    try (StackUnderTest one = StackUnderTest.started();
        StackUnderTest other = StackUnderTest.started()) {
      EchoChain.deploy(one);

      assertThat(one.call(EchoChain.FIRST, EchoChain.body(100)).statusCode()).isEqualTo(200);
      assertThat(other.call(EchoChain.FIRST, EchoChain.body(100)).statusCode()).isEqualTo(404);
      other.succeed("down");
      Machine.assertNothingLeft(other);
      assertThat(one.call(EchoChain.FIRST, EchoChain.body(100)).statusCode()).isEqualTo(200);
    }
  }
}
