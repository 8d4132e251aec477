package io.directfaas.standalone.node;

import java.util.random.RandomGenerator;

/** Names replicas: the function's name and five random characters, as Kubernetes does. */
final class ReplicaIds {
  private static final int LONGEST = 40;
  private static final int RANDOM = 5;

  /** Without vowels and look-alikes: no words, no mistakes. */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private ReplicaIds() {}

  /** A DNS label of at most 40 characters. */
  static String next(String functionName, RandomGenerator random) {
    int room = LONGEST - RANDOM - 1;
    String prefix = functionName.substring(0, Math.min(functionName.length(), room));
    StringBuilder id = new StringBuilder(prefix).append('-');
    for (int i = 0; i < RANDOM; i++) {
      id.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return id.toString();
  }
}
