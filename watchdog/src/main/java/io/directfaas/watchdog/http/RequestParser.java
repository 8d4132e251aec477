package io.directfaas.watchdog.http;

import java.io.EOFException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Reads a request's head (RFC 9112 sections 2 to 6).
 *
 * <p>Strict where leniency lets two parsers disagree on where a request ends (request smuggling):
 * lines end in CRLF, no folded lines, no length together with a transfer coding, one length only.
 */
final class RequestParser {
  /** What OpenFaaS's watchdogs take. */
  static final int MAX_HEAD_BYTES = 1 << 20;

  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  private static final Pattern DIGITS = Pattern.compile("[0-9]{1,18}");

  private final ConnectionInput in;
  private int left;

  RequestParser(ConnectionInput in) {
    this.in = in;
  }

  /**
   * Reads the next head.
   *
   * @throws BadRequestException when it is malformed, too large or too slow
   * @throws EOFException when the client ends in the middle of it
   */
  RequestHead read() throws IOException {
    left = MAX_HEAD_BYTES;
    String requestLine = line();
    if (requestLine.isEmpty()) { // RFC 9112 section 2.2: ignore one empty line before a request
      requestLine = line();
    }
    String[] parts = requestLine.split(" ", -1);
    if (parts.length != 3 || !TOKEN.matcher(parts[0]).matches()) {
      throw new BadRequestException(400, "Malformed request line.");
    }
    int minorVersion =
        switch (parts[2]) {
          case "HTTP/1.1" -> 1;
          case "HTTP/1.0" -> 0;
          default ->
              throw new BadRequestException(505, "Only HTTP/1.0 and HTTP/1.1 are spoken here.");
        };
    List<Header> headers = new ArrayList<>();
    for (String line = line(); !line.isEmpty(); line = line()) {
      headers.add(header(line));
    }
    long hosts = headers.stream().filter(h -> h.name().equals("Host")).count();
    if (hosts > 1 || hosts == 0 && minorVersion >= 1) {
      throw new BadRequestException(400, "A request needs one Host header.");
    }
    String target = originForm(parts[1]);
    int question = target.indexOf('?');
    return new RequestHead(
        parts[0],
        question < 0 ? target : target.substring(0, question),
        question < 0 ? "" : target.substring(question + 1),
        minorVersion,
        headers,
        contentLength(headers, minorVersion));
  }

  private static String originForm(String target) throws BadRequestException {
    if (target.startsWith("/") || target.equals("*")) {
      return target;
    }
    // RFC 9112 section 3.2.2: a server must take the absolute form too.
    int scheme = target.indexOf("://");
    if (scheme <= 0) {
      throw new BadRequestException(400, "Malformed request target.");
    }
    String rest = target.substring(scheme + 3);
    int end = 0;
    while (end < rest.length() && rest.charAt(end) != '/' && rest.charAt(end) != '?') {
      end++;
    }
    String path = rest.substring(end);
    return path.startsWith("/") ? path : "/" + path;
  }

  private static Header header(String line) throws BadRequestException {
    int colon = line.indexOf(':');
    if (colon < 0 || !TOKEN.matcher(line.substring(0, colon)).matches()) {
      throw new BadRequestException(400, "Malformed header line.");
    }
    return new Header(
        Header.canonical(line.substring(0, colon)), line.substring(colon + 1).strip());
  }

  private static long contentLength(List<Header> headers, int minorVersion)
      throws BadRequestException {
    List<String> codings = values(headers, "Transfer-Encoding");
    List<String> lengths = values(headers, "Content-Length");
    if (!codings.isEmpty()) {
      if (minorVersion == 0 || !lengths.isEmpty()) {
        throw new BadRequestException(400, "Transfer-Encoding does not go with this request.");
      }
      if (codings.size() > 1 || !codings.getFirst().equalsIgnoreCase("chunked")) {
        throw new BadRequestException(501, "The only transfer coding understood here is chunked.");
      }
      return -1;
    }
    if (lengths.isEmpty()) {
      return 0;
    }
    if (lengths.stream().distinct().count() > 1 || !DIGITS.matcher(lengths.getFirst()).matches()) {
      throw new BadRequestException(400, "Malformed Content-Length.");
    }
    return Long.parseLong(lengths.getFirst());
  }

  private static List<String> values(List<Header> headers, String name) {
    return headers.stream().filter(h -> h.name().equals(name)).map(Header::value).toList();
  }

  private String line() throws IOException {
    String line = line(in, left);
    left -= line.length() + 2;
    return line;
  }

  /** A line up to CRLF, without it; of no more than {@code max} bytes. */
  static String line(ConnectionInput in, int max) throws IOException {
    byte[] bytes = new byte[128];
    int length = 0;
    while (true) {
      int c = in.read();
      if (c == '\r') {
        c = in.read();
        if (c == '\n') {
          return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
        }
        if (c >= 0) {
          throw new BadRequestException(400, "A line must end in CR LF.");
        }
      }
      if (c < 0) {
        throw new EOFException("The client ended in the middle of a request.");
      }
      if (c < ' ' && c != '\t' || c == 0x7f) {
        throw new BadRequestException(400, "Control character in a line.");
      }
      if (length == max) {
        throw new BadRequestException(431, "Too large a request head.");
      }
      if (length == bytes.length) {
        bytes = Arrays.copyOf(bytes, length * 2);
      }
      bytes[length++] = (byte) c;
    }
  }
}
