package io.directfaas.standalone.cli.loadtest;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What else goes on while a figure is taken. */
enum Meanwhile {
  NOTHING,
  /** Another tenant, whose bandwidth is limited, sends as fast as it can. */
  FLOOD,
  /** The graph changes all the time: a function is deployed anew with other edges. */
  CHURN,
  /** All functions of the chain sleep when the load begins. */
  COLD,
  /** The functions are scaled by the load, from one replica on. */
  SCALING;

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether replicas come and go, so that only ways to call that follow them can be measured. */
  boolean isScaled() {
    return this == COLD || this == SCALING;
  }

  static Optional<Meanwhile> of(String id) {
    return List.of(values()).stream().filter(value -> value.id().equals(id)).findFirst();
  }
}
