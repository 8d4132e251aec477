package io.directfaas.sdn.openflow;

import org.projectfloodlight.openflow.protocol.OFErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadActionErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadInstructionErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadMatchErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBadRequestErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFBundleFailedErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFFlowModFailedErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFHelloFailedErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFMeterModFailedErrorMsg;
import org.projectfloodlight.openflow.protocol.errormsg.OFRoleRequestFailedErrorMsg;

/** An error message of the switch in the specification's words, without its payload. */
final class ErrorText {
  private ErrorText() {}

  static String of(OFErrorMsg error) {
    Object code =
        switch (error) {
          case OFFlowModFailedErrorMsg e -> e.getCode();
          case OFBadMatchErrorMsg e -> e.getCode();
          case OFBadActionErrorMsg e -> e.getCode();
          case OFBadInstructionErrorMsg e -> e.getCode();
          case OFBadRequestErrorMsg e -> e.getCode();
          case OFBundleFailedErrorMsg e -> e.getCode();
          case OFHelloFailedErrorMsg e -> e.getCode();
          case OFMeterModFailedErrorMsg e -> e.getCode();
          case OFRoleRequestFailedErrorMsg e -> e.getCode();
          default -> "";
        };
    return (error.getErrType() + " " + code).strip();
  }
}
