package io.directfaas.standalone.cli.why;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ovs-appctl ofproto/trace} says happens to a packet.
 *
 * @param steps the tables it went through, in order
 * @param datapathActions what the switch does with it, as Open vSwitch words it
 */
record FlowTrace(List<Step> steps, String datapathActions) {
  // " 2. metadata=0x…,tcp,tp_dst=8080, priority 100, cookie 0xdfaa…" or " 2. No match."
  private static final Pattern STEP =
      Pattern.compile("^ ?(\\d+)\\. (.*?)(?:, priority \\d+)?(?:, cookie (0x[0-9a-f]+))?$");
  private static final Pattern METER = Pattern.compile("(^|,)meter\\(\\d+\\)");
  // "set(tunnel(tun_id=0xb,dst=192.0.2.2,…" or "tnl_push(…ipv4(src=192.0.2.1,dst=192.0.2.2,…"
  private static final Pattern TUNNEL =
      Pattern.compile("(?:set\\(tunnel|tnl_push)\\(.*?dst=(\\d+\\.\\d+\\.\\d+\\.\\d+)");
  private static final Pattern SAMPLED_DROP =
      Pattern.compile("(meter\\(\\d+\\),)?userspace\\(pid=\\d+,controller\\([^()]*\\)\\)");
  private static final Pattern ACTIONS = Pattern.compile("^Datapath actions: (.*)$");

  private static final String OUT_OF_REACH =
      "dropped, because this address is not in the caller's reach: no edge of its tenant leads"
          + " there";
  private static final String NO_EDGE = "dropped, because no edge allows it";

  /**
   * @param table the table's number
   * @param match the flow that matched, or {@code No match.}
   * @param cookie its cookie, 0 when it has none
   */
  record Step(int table, String match, long cookie) {}

  static FlowTrace parse(String output) {
    List<Step> steps = new ArrayList<>();
    String actions = "";
    for (String line : output.lines().toList()) {
      Matcher step = STEP.matcher(line);
      if (step.matches()) {
        steps.add(new Step(Integer.parseInt(step.group(1)), step.group(2), cookie(step.group(3))));
      }
      Matcher action = ACTIONS.matcher(line);
      if (action.matches()) {
        actions = action.group(1).strip();
      }
    }
    return new FlowTrace(List.copyOf(steps), actions);
  }

  private static long cookie(@Nullable String hex) {
    return hex == null ? 0 : Long.parseUnsignedLong(hex.substring(2), 16);
  }

  /** Whether the packet leaves the switch; one that is only shown to the controller does not. */
  boolean passes() {
    return !datapathActions.equals("drop")
        && !datapathActions.isEmpty()
        && !SAMPLED_DROP.matcher(datapathActions).matches();
  }

  /** The way the packet took and where it ended, in words. */
  String inWords() {
    if (steps.isEmpty()) {
      return "the switch gave no trace";
    }
    String way = String.join(" > ", steps.stream().map(step -> name(step.table())).toList());
    Step last = steps.getLast();
    if (!passes()) {
      return way + ": " + reason(last);
    }
    List<String> then = new ArrayList<>();
    if (METER.matcher(datapathActions).find()) {
      then.add("within the tenant's bandwidth");
    }
    Matcher tunnel = TUNNEL.matcher(datapathActions);
    if (tunnel.find()) {
      then.add("through the tunnel to the node at " + tunnel.group(1));
    }
    then.add(datapathActions);
    return way + ", then " + String.join(", ", then);
  }

  private static String name(int table) {
    return switch (table) {
      case 0 -> "ingress";
      case 1 -> "destination";
      case 2 -> "edge";
      case 3 -> "reply";
      case 4 -> "meter";
      case 5 -> "forward";
      case 10, 11 -> "arp";
      default -> "table " + table;
    };
  }

  /** Our flows say in their cookie what they are for: magic (16 bits), kind (8), … */
  private static String reason(Step last) {
    boolean ours = last.cookie() >>> 48 == 0xdfaa;
    int kind = ours ? (int) (last.cookie() >>> 40) & 0xff : 0;
    return switch (kind) {
      case 0x80 -> "dropped, because the sender is not who this port belongs to";
      case 0x81 -> "dropped, because it is neither IPv4 nor ARP";
      case 0x82 -> "dropped, because no replica is known to be on this port";
      case 0x83 ->
          switch (last.table()) {
            case 1 -> OUT_OF_REACH;
            case 10 ->
                "not answered, because the address asked for is not in the asker's reach: no edge"
                    + " of its tenant leads there";
            default -> NO_EDGE;
          };
      case 0x90 ->
          "dropped, because it came through the tunnel for a function that the node at its other"
              + " end does not host";
      case 0x84 -> "dropped, because it is allowed but there is no way to the destination";
      default ->
          switch (last.table()) {
            case 0 -> "dropped, because the switch does not know this sender on this port";
            case 1 -> OUT_OF_REACH;
            case 2, 3 -> NO_EDGE;
            case 4 -> "dropped by the tenant's rate limit";
            default -> "dropped";
          };
    };
  }
}
