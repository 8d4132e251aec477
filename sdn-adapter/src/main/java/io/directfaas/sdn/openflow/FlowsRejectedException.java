package io.directfaas.sdn.openflow;

import java.util.Map;
import org.projectfloodlight.openflow.protocol.OFFlowMod;

/** The switch refused some flows of a bundle, so none of the bundle was applied. */
public final class FlowsRejectedException extends OpenFlowException {
  private static final long serialVersionUID = 1;

  private final transient Map<OFFlowMod, String> rejected;

  FlowsRejectedException(Map<OFFlowMod, String> rejected) {
    super(describe(rejected));
    this.rejected = Map.copyOf(rejected);
  }

  /** Each flow that was refused, with the switch's reason. */
  public Map<OFFlowMod, String> rejected() {
    return rejected;
  }

  private static String describe(Map<OFFlowMod, String> rejected) {
    return rejected.entrySet().stream()
        .findFirst()
        .map(
            first ->
                rejected.size()
                    + " flow(s) refused by the switch; first: "
                    + first.getValue()
                    + " for table "
                    + first.getKey().getTableId().getValue()
                    + " priority "
                    + first.getKey().getPriority()
                    + " "
                    + first.getKey().getMatch())
        .orElse("the switch refused the bundle");
  }
}
