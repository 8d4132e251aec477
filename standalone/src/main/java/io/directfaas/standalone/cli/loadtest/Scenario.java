package io.directfaas.standalone.cli.loadtest;

/**
 * One point that every way to call is measured at.
 *
 * @param name which question it belongs to, such as {@code latency}
 * @param clients how many call at once, each again as soon as it has its answer
 * @param bytes of the body that goes through the chain and back
 * @param chain how many functions
 * @param work rounds of hashing that each function does per call; 0 for none
 * @param meanwhile what else goes on
 */
record Scenario(String name, int clients, int bytes, int chain, int work, Meanwhile meanwhile) {
  private static final int LONGEST_CHAIN = 16;
  private static final int LARGEST_BODY = 64 << 20;

  /**
   * @throws IllegalArgumentException naming the field that is wrong
   */
  Scenario {
    require(clients >= 1 && clients <= 1024, "clients", clients, "1 to 1024");
    require(bytes >= 0 && bytes <= LARGEST_BODY, "bytes", bytes, "0 to " + LARGEST_BODY);
    require(chain >= 1 && chain <= LONGEST_CHAIN, "chain", chain, "1 to " + LONGEST_CHAIN);
    require(work >= 0 && work <= 1_000_000, "work", work, "0 to 1000000");
  }

  private static void require(boolean holds, String field, int value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(field + ": " + value + " is not " + range);
    }
  }

  /** Whether both ask for the same calls, whatever else goes on and whatever they are named. */
  boolean sameCalls(Scenario other) {
    return clients == other.clients
        && bytes == other.bytes
        && chain == other.chain
        && work == other.work;
  }

  /** Such as {@code latency, 1 client, 64 KiB, 4 functions}. */
  String title() {
    return "%s, %d client%s, %s, %d function%s%s"
        .formatted(
            name,
            clients,
            clients == 1 ? "" : "s",
            size(bytes),
            chain,
            chain == 1 ? "" : "s",
            meanwhile == Meanwhile.NOTHING ? "" : ", with " + meanwhile.id());
  }

  static String size(int bytes) {
    if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + " MiB";
    }
    return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? (bytes >> 10) + " KiB" : bytes + " B";
  }
}
