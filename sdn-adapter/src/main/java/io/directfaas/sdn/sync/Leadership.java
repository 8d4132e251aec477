package io.directfaas.sdn.sync;

import java.util.OptionalLong;

/**
 * Whether this adapter is the one that writes. Several may be connected to the same switches; the
 * one that holds the lease asks them for the role of master, with the lease's epoch as generation
 * id, so that the switches themselves refuse one that has lost the lease and does not know.
 */
public interface Leadership {
  /** For an adapter that is the only one: it writes, and asks for no role. */
  Leadership ALONE =
      new Leadership() {
        @Override
        public boolean contested() {
          return false;
        }

        @Override
        public OptionalLong epoch() {
          return OptionalLong.of(0);
        }
      };

  /** Whether there may be others. */
  boolean contested();

  /** Grows with each holder of the lease; empty while another one holds it. */
  OptionalLong epoch();
}
