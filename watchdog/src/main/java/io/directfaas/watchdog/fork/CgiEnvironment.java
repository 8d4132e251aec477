package io.directfaas.watchdog.fork;

import io.directfaas.watchdog.http.Header;
import io.directfaas.watchdog.http.RequestHead;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/** The {@code Http_…} variables a classic function reads its request from. */
final class CgiEnvironment {
  private CgiEnvironment() {}

  /**
   * The variables of a request. Of a repeated header the first value counts.
   *
   * @throws IllegalArgumentException when the path is not properly percent-encoded, or no
   *     environment can carry it
   */
  static Map<String, String> of(RequestHead request) {
    Map<String, String> variables = new LinkedHashMap<>();
    for (Header header : request.headers()) {
      // Http_Proxy would be taken for a proxy setting by programs that ignore case (Python's
      // urllib): any caller could redirect the function's own requests ("httpoxy").
      if (!header.name().equals("Proxy")) {
        variables.putIfAbsent("Http_" + header.name().replace('-', '_'), utf8(header.value()));
      }
    }
    variables.put("Http_Method", request.method());
    variables.put("Http_ContentLength", Long.toString(request.contentLength()));
    variables.put("Http_Content_Length", Long.toString(request.contentLength()));
    if (request.chunked()) {
      variables.put("Http_Transfer_Encoding", "chunked");
    }
    if (!request.query().isEmpty()) {
      variables.put("Http_Query", utf8(request.query()));
    }
    variables.put("Http_Path", decode(request.path()));
    return variables;
  }

  private static String decode(String path) {
    byte[] bytes = new byte[path.length()];
    int length = 0;
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c == '%') {
        int high = i + 2 < path.length() ? Character.digit(path.charAt(i + 1), 16) : -1;
        int low = i + 2 < path.length() ? Character.digit(path.charAt(i + 2), 16) : -1;
        if (high < 0 || low < 0 || high + low == 0) {
          throw new IllegalArgumentException("Malformed path.");
        }
        c = (char) (high << 4 | low);
        i += 2;
      }
      bytes[length++] = (byte) c;
    }
    return new String(bytes, 0, length, StandardCharsets.UTF_8);
  }

  /** The parser keeps bytes as they came; a process expects UTF-8. */
  private static String utf8(String bytes) {
    return new String(bytes.getBytes(StandardCharsets.ISO_8859_1), StandardCharsets.UTF_8);
  }
}
