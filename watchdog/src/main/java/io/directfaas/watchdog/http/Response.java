package io.directfaas.watchdog.http;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** An answer whose length is known before it is sent. */
public record Response(int status, List<Header> headers, Content content) {

  /** The bytes of an answer. */
  public interface Content {
    long length();

    void writeTo(OutputStream out) throws IOException;
  }

  public Response {
    headers = List.copyOf(headers);
  }

  /** A line of plain text. */
  public static Response text(int status, String text) {
    return new Response(status, List.of(), bytes(text.getBytes(StandardCharsets.UTF_8)))
        .with("Content-Type", "text/plain; charset=utf-8");
  }

  public static Response empty(int status) {
    return new Response(status, List.of(), bytes(new byte[0]));
  }

  /** This answer with one more header field. */
  public Response with(String name, String value) {
    List<Header> more = new ArrayList<>(headers);
    more.add(new Header(name, value));
    return new Response(status, more, content);
  }

  private static Content bytes(byte[] bytes) {
    return new Content() {
      @Override
      public long length() {
        return bytes.length;
      }

      @Override
      public void writeTo(OutputStream out) throws IOException {
        out.write(bytes);
      }
    };
  }

  static String reason(int status) {
    return switch (status) {
      case 200 -> "OK";
      case 400 -> "Bad Request";
      case 404 -> "Not Found";
      case 405 -> "Method Not Allowed";
      case 408 -> "Request Timeout";
      case 429 -> "Too Many Requests";
      case 431 -> "Request Header Fields Too Large";
      case 500 -> "Internal Server Error";
      case 501 -> "Not Implemented";
      case 503 -> "Service Unavailable";
      case 505 -> "HTTP Version Not Supported";
      default -> "";
    };
  }
}
