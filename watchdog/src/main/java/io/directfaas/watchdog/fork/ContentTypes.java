package io.directfaas.watchdog.fork;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.StandardCharsets;

/** Guesses the type of an answer when neither the function nor its caller named one. */
final class ContentTypes {
  private ContentTypes() {}

  /** The type of a content that begins with {@code start}. */
  static String of(byte[] start, int length) {
    if (begins(start, length, "\u0089PNG\r\n\u001a\n")) {
      return "image/png";
    }
    if (begins(start, length, "\u00ff\u00d8\u00ff")) {
      return "image/jpeg";
    }
    if (begins(start, length, "GIF87a") || begins(start, length, "GIF89a")) {
      return "image/gif";
    }
    if (begins(start, length, "%PDF-")) {
      return "application/pdf";
    }
    return text(start, length) ? "text/plain; charset=utf-8" : "application/octet-stream";
  }

  private static boolean begins(byte[] start, int length, String signature) {
    if (length < signature.length()) {
      return false;
    }
    for (int i = 0; i < signature.length(); i++) {
      if ((start[i] & 0xff) != signature.charAt(i)) {
        return false;
      }
    }
    return true;
  }

  private static boolean text(byte[] start, int length) {
    for (int i = 0; i < length; i++) {
      int c = start[i] & 0xff;
      if (c < ' ' && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0x1b) {
        return false;
      }
    }
    // Not the end of the input: the start may cut a character in two.
    CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder();
    return !decoder
        .decode(ByteBuffer.wrap(start, 0, length), CharBuffer.allocate(length + 1), false)
        .isError();
  }
}
