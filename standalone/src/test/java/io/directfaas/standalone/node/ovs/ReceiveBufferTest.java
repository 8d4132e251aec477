package io.directfaas.standalone.node.ovs;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReceiveBufferTest {
  @TempDir private Path dir;
  private Path setting;
  private Path lock;
  private ReceiveBuffer buffer;

  @BeforeEach
  void machine() throws Exception {
    setting = Files.writeString(dir.resolve("rmem_default"), "212992\n");
    lock = dir.resolve("lock");
    buffer = new ReceiveBuffer(setting, lock);
  }

  private String value() throws Exception {
    return Files.readString(setting).strip();
  }

  @Test
  void it_is_raised_while_open_and_put_back_after() throws Exception {
    try (var raised = buffer.raise()) {
      assertThat(value()).isEqualTo("33554432");
    }
    assertThat(value()).isEqualTo("212992");
    assertThat(lock).isEmptyFile();
  }

  @Test
  void the_value_that_a_crash_left_raised_is_put_back_by_the_next() throws Exception {
    Files.writeString(lock, "212992");
    Files.writeString(setting, "33554432");
    buffer.recover();
    assertThat(value()).isEqualTo("212992");
    assertThat(lock).isEmptyFile();

    Files.writeString(lock, "212992");
    Files.writeString(setting, "33554432");
    try (var raised = buffer.raise()) {
      assertThat(value()).isEqualTo("33554432");
    }
    assertThat(value()).isEqualTo("212992");
  }

  @Test
  void a_higher_value_is_left_alone() throws Exception {
    Files.writeString(setting, "67108864");
    try (var raised = buffer.raise()) {
      assertThat(value()).isEqualTo("67108864");
    }
    assertThat(value()).isEqualTo("67108864");
  }

  @Test
  void two_stacks_do_not_put_back_each_others_value() throws Exception {
    ReceiveBuffer other = new ReceiveBuffer(setting, lock);
    CountDownLatch waiting = new CountDownLatch(1);
    Thread second;
    try (var raised = buffer.raise()) {
      second =
          Thread.startVirtualThread(
              () -> {
                waiting.countDown();
                try (var alsoRaised = other.raise()) {
                  assertThat(value()).isEqualTo("33554432");
                } catch (Exception e) {
                  throw new IllegalStateException(e);
                }
              });
      waiting.await();
    }
    second.join();
    assertThat(value()).isEqualTo("212992");
  }
}
