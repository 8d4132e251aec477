package io.directfaas.watchdog;

import java.io.IOException;
import java.util.Map;

/** Runs the watchdog as a process: settings from the environment, SIGTERM ends it. */
public final class Main {
  private Main() {}

  public static void main(String[] args) {
    if (args.length == 1 && args[0].equals("--rehearse")) {
      Rehearsal.run();
      return;
    }
    serve(System.getenv());
  }

  private static void serve(Map<String, String> environment) {
    Watchdog watchdog;
    try {
      watchdog = Watchdog.start(Config.of(environment));
    } catch (IllegalArgumentException | IOException cannotStart) {
      Log.line(String.valueOf(cannotStart.getMessage()));
      System.exit(1);
      return;
    }
    Thread ending = new Thread(() -> drainAndHalt(watchdog), "shutdown");
    Runtime.getRuntime().addShutdownHook(ending);
  }

  /** An end in good order is a success, but the JVM would report the signal that asked for it. */
  private static void drainAndHalt(Watchdog watchdog) {
    try {
      watchdog.drain();
      Runtime.getRuntime().halt(0);
    } catch (InterruptedException stop) {
      Runtime.getRuntime().halt(1);
    }
  }
}
