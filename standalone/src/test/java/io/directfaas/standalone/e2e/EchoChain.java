package io.directfaas.standalone.e2e;

import java.util.Random;

/** The echo sample: a calls b, b calls c, c calls d, and the body comes back as it went. */
final class EchoChain {
  static final String FIRST = "a.acme";

  private EchoChain() {}

  static void deploy(StackUnderTest stack) {
    stack.succeed("deploy", "-f", StackUnderTest.sample("echo/stack.yml").toString());
  }

  /** Bytes that no compression or text handling leaves alone by accident. */
  static byte[] body(int size) {
    byte[] body = new byte[size];
    new Random(size).nextBytes(body);
    return body;
  }
}
