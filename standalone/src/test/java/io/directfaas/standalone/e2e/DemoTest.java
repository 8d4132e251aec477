package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import javax.imageio.ImageIO;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The demo checks what it shows and fails if anything is not so. */
class DemoTest {
  @TempDir private Path dir;

  @Test
  void everyCheckOfTheDemoHoldsTwiceInARow() throws Exception {
    try (StackUnderTest stack = StackUnderTest.create()) {
      for (String run : new String[] {"first.jpg", "second.jpg"}) {
        Path thumbnail = dir.resolve(run);

        String shown = stack.succeed("demo", "--thumbnail", thumbnail.toString());

        assertThat(shown).contains("checks held").doesNotContain("FAILED");
        assertThat(ImageIO.read(thumbnail.toFile()).getWidth()).isLessThanOrEqualTo(400);
        assertThat(Files.size(thumbnail)).isGreaterThan(1000);
      }
    }
  }
}
