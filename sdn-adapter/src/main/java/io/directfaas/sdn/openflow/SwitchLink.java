package io.directfaas.sdn.openflow;

import java.util.Optional;

/** The way to one switch, whoever opened it. */
public interface SwitchLink {
  /** The session, while there is one. */
  Optional<OpenFlowSession> session();

  /** Why there is no session; empty while there is one. */
  String lastError();
}
