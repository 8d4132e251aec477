package io.directfaas.watchdog.http;

import java.util.List;
import java.util.Optional;

/**
 * The request line and header fields of a request.
 *
 * @param path of the target, still percent-encoded
 * @param query of the target without the question mark, still percent-encoded; empty if none
 * @param minorVersion of HTTP/1: 0 or 1
 * @param headers in the order of arrival
 * @param contentLength in bytes; -1 when the body is chunked, 0 when there is none
 */
public record RequestHead(
    String method,
    String path,
    String query,
    int minorVersion,
    List<Header> headers,
    long contentLength) {

  public RequestHead {
    headers = List.copyOf(headers);
  }

  /** The first value of a field, named in canonical form. */
  public Optional<String> header(String canonicalName) {
    for (Header header : headers) {
      if (header.name().equals(canonicalName)) {
        return Optional.of(header.value());
      }
    }
    return Optional.empty();
  }

  public boolean chunked() {
    return contentLength < 0;
  }

  /**
   * RFC 9112 section 9.3: HTTP/1.1 persists unless told otherwise, HTTP/1.0 the other way round.
   */
  boolean persistent() {
    boolean close = false;
    boolean keepAlive = false;
    for (Header header : headers) {
      if (header.name().equals("Connection")) {
        for (String option : header.value().split(",", -1)) {
          close |= option.strip().equalsIgnoreCase("close");
          keepAlive |= option.strip().equalsIgnoreCase("keep-alive");
        }
      }
    }
    return !close && (minorVersion >= 1 || keepAlive);
  }

  boolean expectsContinue() {
    return minorVersion >= 1
        && contentLength != 0
        && header("Expect").filter("100-continue"::equalsIgnoreCase).isPresent();
  }
}
