package io.directfaas.sdn.openflow;

/** What a controller is to a switch; OpenFlow 1.4.0 section 6.3.5. */
public enum Role {
  /** May write; so may others. What every session is until it asks for something else. */
  EQUAL,
  /** May write; no other may, but those that are equal. */
  MASTER,
  /** May only read. */
  SLAVE;

  /** In the specification's words. */
  public String word() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
