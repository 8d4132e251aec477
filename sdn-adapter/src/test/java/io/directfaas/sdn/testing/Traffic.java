package io.directfaas.sdn.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;

/**
 * The scripts of {@code src/test/resources/traffic} inside network namespaces. All are gone after
 * {@link #close()}.
 */
public final class Traffic implements AutoCloseable {
  private static final Path SCRIPTS = Path.of("src/test/resources/traffic").toAbsolutePath();

  private final List<Process> processes = new ArrayList<>();

  /** Runs a script, by Debian's Python. */
  public Counts start(String namespace, String script, Object... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                "ip",
                "netns",
                "exec",
                namespace,
                "/usr/bin/python3",
                SCRIPTS.resolve(script).toString()));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
    processes.add(process);
    return new Counts(process);
  }

  /** One or two numbers that a script says again and again, and the words between. */
  public static final class Counts {
    private final Queue<Long> firsts = new ConcurrentLinkedQueue<>();
    private final Queue<String> words = new ConcurrentLinkedQueue<>();
    private volatile long first;
    private volatile long second;

    private Counts(Process process) {
      Thread.ofVirtual().start(() -> process.inputReader().lines().forEach(this::hear));
    }

    private void hear(String line) {
      if (Character.isDigit(line.charAt(0))) {
        String[] numbers = line.split(" ");
        first = Long.parseLong(numbers[0]);
        firsts.add(first);
        second = numbers.length > 1 ? Long.parseLong(numbers[1]) : 0;
      } else {
        words.add(line);
      }
    }

    public long first() {
      return first;
    }

    /** All that {@link #first} has ever been, in order. */
    public List<Long> firsts() {
      return List.copyOf(firsts);
    }

    public long second() {
      return second;
    }

    /** What it has said besides numbers. */
    public List<String> words() {
      return List.copyOf(words);
    }

    /** Until it has said something. */
    public void awaitReady() {
      await().atMost(OvsInstance.PATIENCE).until(() -> !words.isEmpty());
    }
  }

  @Override
  public void close() {
    processes.forEach(Process::destroyForcibly);
  }
}
