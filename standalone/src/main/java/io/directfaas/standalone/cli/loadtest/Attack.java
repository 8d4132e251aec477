package io.directfaas.standalone.cli.loadtest;

import java.util.List;

/**
 * What the driver is told to do.
 *
 * @param call whom it calls
 * @param scenario with how many clients, which body, how much work
 * @param seconds for how long
 */
record Attack(Call call, Scenario scenario, double seconds) {
  /**
   * A call through a chain.
   *
   * @param driver who makes it
   * @param first the URL it calls
   * @param rest the URLs of the functions behind, which travel in a header
   */
  record Call(Driver driver, String first, List<String> rest) {}

  Attack withSeconds(double newSeconds) {
    return new Attack(call, scenario, newSeconds);
  }

  /** Runs it to its end. */
  Figures run() {
    return call.driver().run(this);
  }
}
