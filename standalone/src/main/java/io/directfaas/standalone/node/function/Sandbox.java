package io.directfaas.standalone.node.function;

import io.directfaas.standalone.node.net.Slot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a function sees of this machine, as arguments for bubblewrap: the system's programs, read
 * only; an /etc made up for it; its code and secrets; a /tmp of its own, the only place it can
 * write to. No other process, no user namespace of its own, nothing of ours.
 *
 * @param replicaId its host name
 * @param slot its address and user
 * @param code its code, its working directory; an empty one if it has none
 * @param etc the directory with the files of {@link #etcFiles}
 * @param secrets the directory with its secrets
 * @param visible more that it must see, read only, where it is on this machine
 * @param mounted more that it must see, read only: place in the sandbox, and file on this machine
 * @param environment all of its environment
 */
record Sandbox(
    String replicaId,
    Slot slot,
    Optional<Path> code,
    Path etc,
    Path secrets,
    List<Path> visible,
    Map<String, Path> mounted,
    Map<String, String> environment) {

  static final String HOME = "/home/app";
  static final String CODE = HOME + "/function";
  static final String SECRETS = "/var/openfaas/secrets";

  private static final long TMP_BYTES = 256L << 20;
  private static final List<String> SYSTEM_DIRECTORIES =
      List.of("/bin", "/sbin", "/lib", "/lib32", "/lib64", "/libx32");

  /** Of the machine's own /etc, what programs need and what tells nothing of us. */
  private static final List<String> SHARED_ETC =
      List.of(
          "/etc/ssl/certs",
          "/etc/ld.so.cache",
          "/etc/alternatives",
          "/etc/localtime",
          "/etc/mime.types",
          "/etc/fonts",
          "/etc/services",
          "/etc/protocols");

  /** The files of its made-up /etc by name. */
  static Map<String, String> etcFiles(String replicaId, Slot slot) {
    int uid = slot.functionUid();
    Map<String, String> files = new LinkedHashMap<>();
    files.put(
        "passwd",
        """
        root:x:0:0:root:/nonexistent:/usr/sbin/nologin
        app:x:%d:%d:function:%s:/bin/sh
        """
            .formatted(uid, uid, HOME));
    files.put("group", "root:x:0:\napp:x:%d:\n".formatted(uid));
    files.put("nsswitch.conf", "passwd: files\ngroup: files\nhosts: files dns\n");
    files.put(
        "hosts",
        """
        127.0.0.1 localhost
        %s %s
        169.254.88.1 gateway gateway.openfaas gateway.openfaas.svc.cluster.local
        """
            .formatted(slot.ip(), replicaId));
    files.put("resolv.conf", "nameserver 169.254.88.1\noptions timeout:2 attempts:2\n");
    return files;
  }

  /** The options of bwrap; the command follows after {@code --}. */
  List<String> options() throws IOException {
    List<String> options = new ArrayList<>();
    // The user namespace first: it is what lets an unprivileged user make the others, and then
    // closed, so that a function cannot make any and reach more of the kernel.
    add(options, "--unshare-user", "--disable-userns", "--unshare-pid", "--unshare-ipc");
    add(options, "--unshare-uts", "--unshare-cgroup-try", "--hostname", replicaId);
    // Dies with the shell it is run from, which is not our child's child but outlives us.
    add(options, "--die-with-parent", "--new-session");
    add(options, "--ro-bind", "/usr", "/usr");
    for (String directory : SYSTEM_DIRECTORIES) {
      Path path = Path.of(directory);
      if (Files.isSymbolicLink(path)) {
        add(options, "--symlink", Files.readSymbolicLink(path).toString(), directory);
      } else if (Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS)) {
        add(options, "--ro-bind", directory, directory);
      }
    }
    add(options, "--proc", "/proc", "--dev", "/dev", "--remount-ro", "/dev");
    add(options, "--perms", "1777", "--tmpfs", "/dev/shm");
    add(options, "--size", Long.toString(TMP_BYTES), "--perms", "1777", "--tmpfs", "/tmp");
    for (String shared : SHARED_ETC) {
      add(options, "--ro-bind-try", shared, shared);
    }
    for (String file : etcFiles(replicaId, slot).keySet()) {
      add(options, "--ro-bind", etc.resolve(file).toString(), "/etc/" + file);
    }
    for (Path path : visible) {
      if (!path.startsWith("/usr")) {
        add(options, "--ro-bind", path.toString(), path.toString());
      }
    }
    mounted.forEach((place, file) -> add(options, "--ro-bind", file.toString(), place));
    add(options, "--ro-bind", secrets.toString(), SECRETS);
    if (code.isPresent()) {
      add(options, "--ro-bind", code.get().toString(), CODE);
    } else {
      add(options, "--dir", CODE);
    }
    add(options, "--remount-ro", "/", "--chdir", CODE, "--clearenv");
    environment.forEach((name, value) -> add(options, "--setenv", name, value));
    return options;
  }

  private static void add(List<String> options, String... more) {
    options.addAll(List.of(more));
  }
}
