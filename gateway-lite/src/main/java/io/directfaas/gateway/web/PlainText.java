package io.directfaas.gateway.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;

/** Errors as OpenFaaS clients print them: one line. */
public final class PlainText {
  public static final String NOT_FOUND = "404 page not found";
  public static final String CONTENT_TYPE = "text/plain;charset=utf-8";
  private static final int MAX_LENGTH = 2000;

  private PlainText() {}

  /** One line of bounded length, whatever a stranger's input put into the message. */
  public static String line(String message) {
    StringBuilder line = new StringBuilder(Math.min(message.length(), MAX_LENGTH) + 3);
    message
        .codePoints()
        .limit(MAX_LENGTH)
        .forEach(
            c ->
                line.appendCodePoint(
                    Character.isISOControl(c) || Character.getType(c) == Character.SURROGATE
                        ? ' '
                        : c));
    if (message.length() > MAX_LENGTH) {
      line.append("...");
    }
    return line.toString();
  }

  static void send(HttpServletResponse response, int status, String message) throws IOException {
    response.setStatus(status);
    response.setContentType(CONTENT_TYPE);
    response.getOutputStream().write((line(message) + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
