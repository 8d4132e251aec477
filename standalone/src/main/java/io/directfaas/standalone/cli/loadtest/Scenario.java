package io.directfaas.standalone.cli.loadtest;

import java.util.Set;

/**
 * One point that every way to call is measured at.
 *
 * @param name which question it belongs to, such as {@code latency}
 * @param clients how many call at once, each again as soon as it has its answer
 * @param bytes of the body that goes through the chain and back
 * @param chain how many functions
 * @param work rounds of hashing that each function does per call; 0 for none
 * @param meanwhile what else goes on
 * @param app which functions are called; the image pipeline has its own body and length
 * @param rate calls per second that arrive whatever the answers do, with {@code clients} as the
 *     most that are under way; 0 for clients that wait for their answers
 * @param swing by what part of it the rate goes up and down as a sine, 0 to 1
 * @param ways in which it is measured; all that the plan names if empty
 */
record Scenario(
    String name,
    int clients,
    int bytes,
    int chain,
    int work,
    Meanwhile meanwhile,
    App app,
    int rate,
    double swing,
    Set<Way> ways) {
  private static final int LONGEST_CHAIN = 16;
  private static final int LARGEST_BODY = 64 << 20;

  /**
   * @throws IllegalArgumentException naming the field that is wrong
   */
  Scenario {
    ways = Set.copyOf(ways);
    require(clients >= 1 && clients <= 1024, "clients", clients, "1 to 1024");
    require(bytes >= 0 && bytes <= LARGEST_BODY, "bytes", bytes, "0 to " + LARGEST_BODY);
    require(chain >= 1 && chain <= LONGEST_CHAIN, "chain", chain, "1 to " + LONGEST_CHAIN);
    require(work >= 0 && work <= 1_000_000, "work", work, "0 to 1000000");
    require(rate >= 0 && rate <= 100_000, "rate", rate, "0 to 100000");
    require(swing >= 0 && swing <= 1, "swing", swing, "0 to 1");
    require(swing == 0 || rate > 0, "swing", swing, "0 without a rate");
    if (app == App.IMAGE && meanwhile.isScaled()) {
      throw new IllegalArgumentException(
          "meanwhile: '%s' is not there for the image pipeline".formatted(meanwhile.id()));
    }
  }

  /** Clients that call the chain of echo functions, each again as soon as it has its answer. */
  Scenario(String name, int clients, int bytes, int chain, int work, Meanwhile meanwhile) {
    this(name, clients, bytes, chain, work, meanwhile, App.ECHO, 0, 0, Set.of());
  }

  private static void require(boolean holds, String field, Number value, String range) {
    if (!holds) {
      throw new IllegalArgumentException(field + ": " + value + " is not " + range);
    }
  }

  boolean isMeasured(Way way) {
    return ways.isEmpty() || ways.contains(way);
  }

  /** Whether both ask for the same calls, whatever else goes on and whatever they are named. */
  boolean sameCalls(Scenario other) {
    return clients == other.clients
        && bytes == other.bytes
        && chain == other.chain
        && work == other.work
        && app == other.app
        && rate == other.rate
        && swing == other.swing;
  }

  /** Such as {@code latency, 1 client, 64 KiB, 4 functions}. */
  String title() {
    String load = rate > 0 ? rate + " calls/s" : clients + " client" + (clients == 1 ? "" : "s");
    String waves = swing > 0 ? " ± %.0f %%".formatted(100 * swing) : "";
    String beside = meanwhile == Meanwhile.NOTHING ? "" : ", with " + meanwhile.id();
    if (app == App.IMAGE) {
      return name + ", " + load + waves + ", a picture" + beside;
    }
    return "%s, %s%s, %s, %d function%s%s"
        .formatted(name, load, waves, size(bytes), chain, chain == 1 ? "" : "s", beside);
  }

  static String size(int bytes) {
    if (bytes >= 1 << 20 && bytes % (1 << 20) == 0) {
      return (bytes >> 20) + " MiB";
    }
    return bytes >= 1 << 10 && bytes % (1 << 10) == 0 ? (bytes >> 10) + " KiB" : bytes + " B";
  }
}
