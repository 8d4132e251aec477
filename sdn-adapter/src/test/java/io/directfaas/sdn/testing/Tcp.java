package io.directfaas.sdn.testing;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Servers and clients inside network namespaces; by Perl, which every Debian has. All are gone
 * after {@link #close()}.
 */
public final class Tcp implements AutoCloseable {
  private static final String SERVER =
      "$SIG{CHLD}='IGNORE';$l=IO::Socket::INET->new(LocalPort=>$ARGV[0],Listen=>16,ReuseAddr=>1) or"
          + " die;print \"ready\\n"
          + "\"; STDOUT->flush;while($c=$l->accept){ next if fork;"
          + " while(sysread($c,$b,65536)){syswrite($c,$b)} exit }";
  private static final String CLIENT =
      "$s=IO::Socket::INET->new(PeerAddr=>$ARGV[0],PeerPort=>$ARGV[1],Timeout=>10) or exit 1;"
          + "print \"connected\\n\"; STDOUT->flush;"
          + "unless(fork){ while(sysread($s,$b,65536)){syswrite(STDOUT,$b)} exit }"
          + "while(sysread(STDIN,$b,65536)){syswrite($s,$b)}";

  /** Ends as soon as it is connected; the other script would leave a process waiting for bytes. */
  private static final String PROBE =
      "IO::Socket::INET->new(PeerAddr=>$ARGV[0],PeerPort=>$ARGV[1],Timeout=>2) or exit 1";

  /** ETHTOOL_STXCSUM, ETHTOOL_STSO and ETHTOOL_SGSO to off, by SIOCETHTOOL. */
  private static final String OFFLOAD =
      "socket(S,2,2,0); for(0x17,0x1f,0x24){ $d=pack('LL',$_,0);"
          + " ioctl(S,0x8946,pack('a16p',$ARGV[0],$d)) or die \"$_: $!\" }";

  private final List<Process> processes = new ArrayList<>();

  private Process perl(String namespace, String script, Object... args) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of("ip", "netns", "exec", namespace, "perl", "-MIO::Socket::INET", "-e", script));
    for (Object arg : args) {
      command.add(arg.toString());
    }
    Process process =
        new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.DISCARD).start();
    processes.add(process);
    return process;
  }

  /** Lets a device give whole packets with finished checksums. */
  public static void withoutOffloads(String namespace, String device) {
    Shell.run("ip", "netns", "exec", namespace, "perl", "-e", OFFLOAD, device);
  }

  /** A server that sends back what it gets. */
  public void serve(String namespace, int port) throws IOException {
    Process server = perl(namespace, SERVER, port);
    await().until(() -> server.getInputStream().available() > 0);
  }

  /** Whether a connection can be opened within two seconds. */
  public boolean connects(String namespace, Object address, int port) throws Exception {
    Process client = perl(namespace, PROBE, address, port);
    return client.waitFor(10, TimeUnit.SECONDS) && client.exitValue() == 0;
  }

  /** A connection that stays. */
  public Connection connect(String namespace, Object address, int port) throws IOException {
    Process client = perl(namespace, CLIENT, address, port);
    Connection connection = new Connection(client);
    await().until(() -> connection.received().contains("connected"));
    connection.received.setLength(0);
    return connection;
  }

  /** Sends lines, and has what came back. */
  public static final class Connection {
    private final Process client;
    private final StringBuilder received = new StringBuilder();

    Connection(Process client) {
      this.client = client;
    }

    public void send(String line) throws IOException {
      OutputStream out = client.getOutputStream();
      out.write((line + "\n").getBytes(StandardCharsets.UTF_8));
      out.flush();
    }

    /** Everything that has come. */
    public String received() throws IOException {
      byte[] bytes = new byte[Math.max(0, client.getInputStream().available())];
      int read = client.getInputStream().readNBytes(bytes, 0, bytes.length);
      received.append(new String(bytes, 0, read, StandardCharsets.UTF_8));
      return received.toString();
    }

    public void echoes(String line) throws IOException {
      send(line);
      await().atMost(OvsInstance.PATIENCE).until(() -> received().contains(line));
    }
  }

  @Override
  public void close() {
    for (Process process : processes) {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }
  }
}
