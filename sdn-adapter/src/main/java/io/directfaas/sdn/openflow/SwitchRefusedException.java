package io.directfaas.sdn.openflow;

import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.OFRoleRequestFailedCode;
import org.projectfloodlight.openflow.protocol.errormsg.OFRoleRequestFailedErrorMsg;

/** The switch answered a request with an error. */
public final class SwitchRefusedException extends OpenFlowException {
  private static final long serialVersionUID = 1;

  private final boolean stale;

  SwitchRefusedException(String what, OFErrorMsg error) {
    super(what + ": " + ErrorText.of(error));
    this.stale =
        error instanceof OFRoleRequestFailedErrorMsg role
            && role.getCode() == OFRoleRequestFailedCode.STALE;
  }

  /** Whether a role was refused because another controller has shown a newer generation id. */
  public boolean isStale() {
    return stale;
  }
}
