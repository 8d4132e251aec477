package io.directfaas.standalone.cli.loadtest;

import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What is called. */
enum App {
  /** A chain of functions that cost little themselves and give the body back. */
  ECHO,
  /** The sample application: extract, transform and thumbnail of a real picture. */
  IMAGE;

  String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  static Optional<App> of(String id) {
    return List.of(values()).stream().filter(value -> value.id().equals(id)).findFirst();
  }
}
