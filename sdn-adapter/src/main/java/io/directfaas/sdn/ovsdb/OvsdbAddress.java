package io.directfaas.sdn.ovsdb;

import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Where a database of Open vSwitch listens, written as its own tools write it. */
public sealed interface OvsdbAddress {
  /** {@code unix:PATH}. */
  record Unix(Path path) implements OvsdbAddress {
    @Override
    public String toString() {
      return "unix:" + path;
    }
  }

  /** {@code tcp:HOST:PORT}. */
  record Tcp(String host, int port) implements OvsdbAddress {
    @Override
    public String toString() {
      return "tcp:" + host + ":" + port;
    }
  }

  /** {@code ssl:HOST:PORT}. */
  record Tls(String host, int port) implements OvsdbAddress {
    @Override
    public String toString() {
      return "ssl:" + host + ":" + port;
    }
  }

  Pattern INET = Pattern.compile("(tcp|ssl):\\[?([^\\[\\]]+?)\\]?(?::(\\d{1,5}))?");

  /** What IANA has assigned. */
  int DEFAULT_PORT = 6640;

  /**
   * @throws IllegalArgumentException if it is none of the three; the message says what was expected
   */
  static OvsdbAddress parse(String text) {
    if (text.startsWith("unix:") && text.length() > "unix:".length()) {
      return new Unix(Path.of(text.substring("unix:".length())));
    }
    Matcher inet = INET.matcher(text);
    if (inet.matches()) {
      int port = inet.group(3) == null ? DEFAULT_PORT : Integer.parseInt(inet.group(3));
      if (port > 0 && port < 65536) {
        return inet.group(1).equals("tcp")
            ? new Tcp(inet.group(2), port)
            : new Tls(inet.group(2), port);
      }
    }
    throw new IllegalArgumentException(
        "ovsdb: \"" + text + "\" is none of unix:PATH, tcp:HOST[:PORT] and ssl:HOST[:PORT]");
  }
}
