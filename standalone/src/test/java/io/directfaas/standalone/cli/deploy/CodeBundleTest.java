package io.directfaas.standalone.cli.deploy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.standalone.cli.CommandFailed;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CodeBundleTest {
  @TempDir Path temporary;
  private Path folder;

  @BeforeEach
  void aHandler() throws IOException {
    folder = temporary.resolve("handler");
    Files.createDirectories(folder.resolve("lib"));
    Files.writeString(folder.resolve("handler.py"), "print(1)");
    Files.writeString(folder.resolve("lib/tool.sh"), "#!/bin/sh");
    Files.setPosixFilePermissions(
        folder.resolve("lib/tool.sh"), PosixFilePermissions.fromString("rwx------"));
  }

  @Test
  void the_hash_follows_from_names_and_contents_alone() throws IOException {
    String before = CodeBundle.read(folder).sha256();
    assertThat(before).matches("[0-9a-f]{64}");

    Files.setLastModifiedTime(folder.resolve("handler.py"), FileTime.fromMillis(0));
    assertThat(CodeBundle.read(folder).sha256()).isEqualTo(before);

    Files.move(folder.resolve("handler.py"), folder.resolve("handler2.py"));
    assertThat(CodeBundle.read(folder).sha256()).isNotEqualTo(before);
    Files.move(folder.resolve("handler2.py"), folder.resolve("handler.py"));
    assertThat(CodeBundle.read(folder).sha256()).isEqualTo(before);

    Files.writeString(folder.resolve("handler.py"), "print(2)");
    assertThat(CodeBundle.read(folder).sha256()).isNotEqualTo(before);
  }

  @Test
  void the_hash_tells_a_program_from_a_file() throws IOException {
    String before = CodeBundle.read(folder).sha256();
    Files.setPosixFilePermissions(
        folder.resolve("handler.py"), PosixFilePermissions.fromString("rwxr-xr-x"));
    assertThat(CodeBundle.read(folder).sha256()).isNotEqualTo(before);
  }

  @Test
  void caches_and_version_control_are_left_out() throws IOException {
    String before = CodeBundle.read(folder).sha256();
    Files.createDirectories(folder.resolve("lib/__pycache__"));
    Files.writeString(folder.resolve("lib/__pycache__/x.pyc"), "x");
    Files.createDirectories(folder.resolve(".git"));
    Files.writeString(folder.resolve(".git/HEAD"), "x");
    assertThat(CodeBundle.read(folder).sha256()).isEqualTo(before);
  }

  @Test
  void links_within_the_folder_are_kept_and_links_out_of_it_refused() throws IOException {
    Files.createSymbolicLink(folder.resolve("main.py"), Path.of("handler.py"));
    Path stored = new CodeStore(temporary.resolve("code")).store(CodeBundle.read(folder));
    assertThat(Files.readSymbolicLink(stored.resolve("main.py"))).hasToString("handler.py");

    for (String target : new String[] {"/etc/passwd", "../../etc", "nowhere"}) {
      Path link = Files.createSymbolicLink(folder.resolve("out"), Path.of(target));
      assertThatThrownBy(() -> CodeBundle.read(folder))
          .isInstanceOf(CommandFailed.class)
          .hasMessageContaining("is a link out of the folder (to " + target + ")");
      Files.delete(link);
    }
  }

  @Test
  void what_is_too_large_or_empty_is_refused() throws IOException {
    Path empty = Files.createDirectory(temporary.resolve("empty"));
    assertThatThrownBy(() -> CodeBundle.read(empty)).hasMessage("there is no code in " + empty);
    try (RandomAccessFile sparse = new RandomAccessFile(folder.resolve("large").toFile(), "rw")) {
      sparse.setLength(CodeBundle.MAX_BYTES);
    }
    assertThatThrownBy(() -> CodeBundle.read(folder)).hasMessageContaining("larger than 64 MiB");
  }

  @Test
  void a_stored_bundle_is_readable_by_all_and_stored_once() throws IOException {
    CodeStore store = new CodeStore(temporary.resolve("code"));
    CodeBundle bundle = CodeBundle.read(folder);
    Path stored = store.store(bundle);

    assertThat(stored).isEqualTo(temporary.resolve("code").resolve(bundle.sha256()));
    assertThat(stored.resolve("handler.py")).hasContent("print(1)");
    assertThat(mode(stored)).isEqualTo("rwxr-xr-x");
    assertThat(mode(stored.resolve("lib"))).isEqualTo("rwxr-xr-x");
    assertThat(mode(stored.resolve("handler.py"))).isEqualTo("r--r--r--");
    assertThat(mode(stored.resolve("lib/tool.sh"))).isEqualTo("r-xr-xr-x");

    FileTime first = Files.getLastModifiedTime(stored.resolve("handler.py"));
    assertThat(store.store(CodeBundle.read(folder))).isEqualTo(stored);
    assertThat(Files.getLastModifiedTime(stored.resolve("handler.py"))).isEqualTo(first);
    try (Stream<Path> all = Files.list(temporary.resolve("code"))) {
      assertThat(all).containsExactly(stored);
    }
    assertThat(CodeBundle.read(stored).sha256()).isEqualTo(bundle.sha256());
  }

  private static String mode(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }
}
