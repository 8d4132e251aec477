package io.directfaas.standalone.cli.loadtest;

import io.directfaas.standalone.cli.CommandFailed;
import io.directfaas.standalone.cli.client.Answer;
import io.directfaas.standalone.cli.client.HttpCaller;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.locks.LockSupport;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

/** The function that makes the load, told what to do through the ingress. */
final class Driver {
  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final Duration TIMEOUT = Duration.ofSeconds(40);
  private static final Duration POLL = Duration.ofMillis(100);

  /** Calls under way when an attack ends may take as long as the driver waits for an answer. */
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final HttpCaller http;
  private final String path;

  /**
   * @param path what leads to the driver on that server
   */
  Driver(HttpCaller http, String path) {
    this.http = http;
    this.path = path;
  }

  /**
   * Makes one call and compares the answer with what was sent.
   *
   * @throws CommandFailed if it is not the same
   */
  void check(Attack attack) {
    Answer answer = http.sendJson("POST", path + "/echo", json(attack), TIMEOUT);
    if (!answer.ok()) {
      throw new CommandFailed(
          "a call to %s does not come back as it went: %s"
              .formatted(attack.call().first(), answer.text().strip()));
    }
  }

  /** Runs it to its end. */
  Figures run(Attack attack) {
    start(attack);
    return await(attack);
  }

  /** Begins it, and returns at once. */
  void start(Attack attack) {
    Answer answer = http.sendJson("POST", path + "/attack", json(attack), TIMEOUT);
    if (answer.status() != 202) {
      throw new CommandFailed(
          "the driver refused: %d %s".formatted(answer.status(), answer.text().strip()));
    }
  }

  /** The figures of what was begun, once it has ended. */
  Figures await(Attack attack) {
    long deadline =
        System.nanoTime() + PATIENCE.toNanos() + (long) (attack.seconds() * 1_000_000_000L);
    LockSupport.parkNanos((long) (attack.seconds() * 1_000_000_000L));
    while (true) {
      Answer answer = http.get(path + "/result", TIMEOUT);
      if (answer.status() == 200) {
        return Figures.of(answer.json());
      }
      if (answer.status() != 202 || System.nanoTime() > deadline) {
        throw new CommandFailed("the driver lost an attack: " + answer.text().strip());
      }
      LockSupport.parkNanos(POLL.toNanos());
    }
  }

  private static String json(Attack attack) {
    Scenario scenario = attack.scenario();
    ObjectNode json = JSON.createObjectNode();
    json.put("url", attack.call().first());
    if (scenario.app() == App.IMAGE) {
      json.put("file", ImagePipeline.PICTURE);
    } else {
      json.put("bytes", scenario.bytes());
    }
    json.put("clients", scenario.clients());
    json.put("rate", scenario.rate());
    json.put("swing", scenario.swing());
    json.put("seconds", attack.seconds());
    ObjectNode header = json.putObject("header");
    List<String> rest = attack.call().rest();
    if (!rest.isEmpty()) {
      header.put("X-Hops", String.join(" ", rest));
    }
    if (scenario.work() > 0) {
      header.put("X-Work", Integer.toString(scenario.work()));
    }
    return json.toString();
  }
}
