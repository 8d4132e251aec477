package io.directfaas.sdn.benchmark;

import java.io.BufferedReader;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * One end of what is measured, as a process inside a network namespace. It stays, so that what is
 * measured is warm, and both sides of a comparison have the same processes.
 *
 * <p>{@code serve PORT} takes connections until it is killed. {@code call HOST PORT} reads orders
 * from standard input, one a line, and answers each with a line of numbers:
 *
 * <pre>
 * stream SECONDS    megabits per second that arrived on one connection
 * ask SECONDS       requests; p50, p99 and mean in microseconds, one at a time on one connection
 * </pre>
 */
final class Peer {
  private static final int CHUNK = 256 * 1024;
  private static final int QUESTION = 128;
  private static final int STREAM = 1;
  private static final int ASK = 2;
  private static final int MOST_SAMPLES = 2_000_000;

  private Peer() {}

  public static void main(String[] args) throws Exception {
    if (args[0].equals("serve")) {
      serve(Integer.parseInt(args[1]));
    } else {
      orders(new InetSocketAddress(args[1], Integer.parseInt(args[2])));
    }
  }

  private static void serve(int port) throws IOException {
    try (ServerSocket listening = new ServerSocket(port)) {
      System.out.println("ready");
      while (true) {
        Socket connection = listening.accept();
        Thread.ofPlatform().daemon().start(() -> answer(connection));
      }
    }
  }

  private static void answer(Socket connection) {
    try (connection) {
      connection.setTcpNoDelay(true);
      InputStream in = connection.getInputStream();
      if (in.read() == STREAM) {
        count(in, connection.getOutputStream());
      } else {
        echo(in, connection.getOutputStream());
      }
    } catch (IOException e) {
      System.err.println(e);
    }
  }

  /** Says how much came, once all has. */
  private static void count(InputStream in, OutputStream out) throws IOException {
    byte[] buffer = new byte[CHUNK];
    long total = 0;
    int read = in.read(buffer);
    while (read >= 0) {
      total += read;
      read = in.read(buffer);
    }
    new DataOutputStream(out).writeLong(total);
  }

  private static void echo(InputStream in, OutputStream out) throws IOException {
    byte[] question = new byte[QUESTION];
    while (in.readNBytes(question, 0, QUESTION) == QUESTION) {
      out.write(question);
    }
  }

  private static void orders(InetSocketAddress to) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    System.out.println("ready");
    String order = in.readLine();
    while (order != null) {
      String[] words = order.split(" ", -1);
      long nanos = (long) (Double.parseDouble(words[1]) * 1e9);
      System.out.println(words[0].equals("stream") ? stream(to, nanos) : ask(to, nanos));
      order = in.readLine();
    }
  }

  private static String stream(InetSocketAddress to, long nanos) throws IOException {
    try (Socket connection = new Socket(to.getAddress(), to.getPort())) {
      OutputStream out = connection.getOutputStream();
      out.write(STREAM);
      byte[] chunk = new byte[CHUNK];
      long started = System.nanoTime();
      while (System.nanoTime() - started < nanos) {
        out.write(chunk);
      }
      connection.shutdownOutput();
      long arrived = new DataInputStream(connection.getInputStream()).readLong();
      return String.format(Locale.ROOT, "%.1f", arrived * 8e3 / (System.nanoTime() - started));
    }
  }

  private static String ask(InetSocketAddress to, long nanos) throws IOException {
    try (Socket connection = new Socket(to.getAddress(), to.getPort())) {
      connection.setTcpNoDelay(true);
      OutputStream out = connection.getOutputStream();
      InputStream in = connection.getInputStream();
      out.write(ASK);
      byte[] question = new byte[QUESTION];
      long[] took = new long[MOST_SAMPLES];
      int count = 0;
      long started = System.nanoTime();
      long now = started;
      while (now - started < nanos && count < took.length) {
        out.write(question);
        in.readNBytes(question, 0, QUESTION);
        long done = System.nanoTime();
        took[count++] = done - now;
        now = done;
      }
      Arrays.sort(took, 0, count);
      return String.format(
          Locale.ROOT,
          "%d %.1f %.1f %.1f",
          count,
          took[count / 2] / 1e3,
          took[count * 99 / 100] / 1e3,
          (now - started) / 1e3 / count);
    }
  }

  /** Such a process, from outside. */
  static final class Remote implements AutoCloseable {
    private final Process process;
    private final BufferedReader out;
    private final DataOutputStream in;

    Remote(String namespace, String... args) throws IOException {
      List<String> command = new ArrayList<>(List.of("ip", "netns", "exec", namespace));
      command.add(ProcessHandle.current().info().command().orElse("java"));
      command.addAll(List.of("-Xmx128m", "-XX:+UseSerialGC", "-cp"));
      command.add(Peer.class.getProtectionDomain().getCodeSource().getLocation().getPath());
      command.add(Peer.class.getName());
      command.addAll(Arrays.asList(args));
      process = new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
      out = process.inputReader(StandardCharsets.US_ASCII);
      in = new DataOutputStream(process.getOutputStream());
      line();
    }

    double[] order(String order) throws IOException {
      in.writeBytes(order + "\n");
      in.flush();
      return Arrays.stream(line().split(" ", -1)).mapToDouble(Double::parseDouble).toArray();
    }

    private String line() throws IOException {
      String line = out.readLine();
      // A tool's option for the JVM is told on standard error, but some print it here.
      if (line == null) {
        throw new IOException("the process in the namespace ended");
      }
      return line.equals("ready") ? "0" : line;
    }

    @Override
    public void close() throws Exception {
      process.destroyForcibly().waitFor(5, TimeUnit.SECONDS);
    }
  }
}
