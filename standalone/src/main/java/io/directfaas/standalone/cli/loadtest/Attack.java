package io.directfaas.standalone.cli.loadtest;

import java.util.List;

/**
 * What the driver is told to do.
 *
 * @param first the URL it calls
 * @param rest the URLs of the functions behind, which travel in a header
 * @param scenario with how many clients, which body, how much work
 * @param rate calls per second that arrive whatever the answers do; 0 for a closed loop
 * @param seconds for how long
 */
record Attack(String first, List<String> rest, Scenario scenario, int rate, double seconds) {
  Attack withSeconds(double newSeconds) {
    return new Attack(first, rest, scenario, rate, newSeconds);
  }
}
