package io.directfaas.standalone.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Functions without replicas, called; and what was counted of it. */
class ColdStartTest {
  private static final Duration LONG = Duration.ofSeconds(90);
  private static StackUnderTest stack;

  @BeforeAll
  static void start() {
    stack = StackUnderTest.started(Map.of("DIRECTFAAS_GATEWAY_ACTIVATIONPATIENCE", "3s"));
    EchoChain.deploy(stack);
  }

  @AfterAll
  static void stop() {
    stack.close();
  }

  private static void scale(String function, int replicas) {
    HttpResponse<String> answer =
        stack.control(
            "POST",
            "/system/scale-function/" + function + "?namespace=acme&wait=30s",
            "{\"serviceName\":\"" + function + "\",\"replicas\":" + replicas + "}");
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(202);
  }

  private static int replicas(String function) {
    return stack
        .control("GET", "/system/function/" + function + "?namespace=acme", "")
        .body()
        .replaceAll("(?s).*\"replicas\":([0-9]+).*", "$1")
        .transform(Integer::parseInt);
  }

  private static int available(String function) {
    return stack
        .control("GET", "/system/function/" + function + "?namespace=acme", "")
        .body()
        .replaceAll("(?s).*\"availableReplicas\":([0-9]+).*", "$1")
        .transform(Integer::parseInt);
  }

  private static List<Integer> callsAtOnce(int clients) throws Exception {
    byte[] body = EchoChain.body(1 << 10);
    List<Future<Integer>> calls = new ArrayList<>();
    try (ExecutorService pool = Executors.newFixedThreadPool(clients)) {
      for (int i = 0; i < clients; i++) {
        Callable<Integer> call = () -> stack.call(EchoChain.FIRST, body).statusCode();
        calls.add(pool.submit(call));
      }
    }
    List<Integer> statuses = new ArrayList<>();
    for (Future<Integer> call : calls) {
      statuses.add(call.get());
    }
    return statuses;
  }

  @Test
  void sixteenCallsToAColdChainAllSucceedAndStartOneReplicaEach() throws Exception {
    for (String function : List.of("a", "b", "c", "d")) {
      scale(function, 0);
    }
    await()
        .atMost(LONG)
        .until(() -> List.of("a", "b", "c", "d").stream().allMatch(f -> available(f) == 0));

    assertThat(callsAtOnce(16)).hasSize(16).containsOnly(200);

    for (String function : List.of("a", "b", "c", "d")) {
      assertThat(replicas(function)).isEqualTo(1);
    }
  }

  @Test
  void aFunctionThatDoesNotStartIsRefusedWithItsLastLine() throws Exception {
    HttpResponse<String> deployed =
        stack.control(
            "POST",
            // The ingress is to know it before it is called.
            "/system/functions?wait=30s",
            """
            {"service":"broken","namespace":"acme","image":"local/http",
             "envProcess":"/usr/bin/python3 /no/such/model.py"}
            """);
    assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(202);

    HttpResponse<byte[]> answer = stack.call("broken.acme", new byte[0]);

    assertThat(answer.statusCode()).isEqualTo(503);
    assertThat(answer.headers().firstValue("X-OpenFaaS-Internal")).hasValue("proxy");
    assertThat(answer.headers().firstValue("X-Call-Id")).isPresent();
    assertThat(answer.headers().firstValue("X-Start-Time").orElse("")).matches("[0-9]{19}");
    assertThat(new String(answer.body(), StandardCharsets.UTF_8))
        .startsWith("acme/broken does not start: ")
        .contains("/no/such/model.py");
    stack.control("DELETE", "/system/functions?namespace=acme", "{\"functionName\":\"broken\"}");
  }

  @Test
  void anIdleFunctionSleepsByItsLabelsAndWakesWhenCalled() throws Exception {
    HttpResponse<String> deployed =
        stack.control(
            "PUT",
            "/system/functions",
            """
            {"service":"sleeper","namespace":"acme","image":"local/http",
             "envProcess":"/usr/bin/python3 -m http.server 8080 --directory /tmp",
             "labels":{"com.openfaas.scale.zero":"true","com.openfaas.scale.zero-duration":"8s"}}
            """);
    if (deployed.statusCode() == 404) {
      deployed =
          stack.control(
              "POST",
              "/system/functions",
              """
              {"service":"sleeper","namespace":"acme","image":"local/http",
               "envProcess":"/usr/bin/python3 -m http.server 8080 --directory /tmp",
               "labels":{"com.openfaas.scale.zero":"true","com.openfaas.scale.zero-duration":"8s"}}
              """);
    }
    assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(202);
    await().atMost(LONG).until(() -> available("sleeper") == 1);

    await().atMost(LONG).until(() -> replicas("sleeper") == 0);

    // The replica that leaves may still answer the first; none fails, and a later one wakes it.
    await()
        .atMost(LONG)
        .until(
            () -> {
              assertThat(stack.call("sleeper.acme", new byte[0]).statusCode()).isEqualTo(501);
              return replicas("sleeper") == 1;
            });
  }

  private static void deploy(String json) {
    HttpResponse<String> deployed = stack.control("POST", "/system/functions?wait=30s", json);
    assertThat(deployed.statusCode()).as(deployed.body()).isEqualTo(202);
  }

  private static long invocations(String function) {
    return stack
        .control("GET", "/system/function/" + function + "?namespace=acme", "")
        .body()
        .replaceAll("(?s).*\"invocationCount\":([0-9]+).*", "$1")
        .transform(Long::parseLong);
  }

  private static String replicaIds(String function) {
    return stack.get(6654, "/status").path("ports").propertyNames().stream()
        .filter(id -> id.startsWith(function + "-"))
        .sorted()
        .toList()
        .toString();
  }

  @Test
  void aFunctionThatIsCalledByNameOnlyIsCountedAndStaysAwake() throws Exception {
    deploy(
        """
        {"service":"napper","namespace":"acme","image":"any","envProcess":"cat",
         "labels":{"com.openfaas.scale.zero":"true","com.openfaas.scale.zero-duration":"15s"}}
        """);
    deploy(
        """
        {"service":"byname","namespace":"acme","image":"any",
         "envProcess":"curl -sf --data-binary @- http://napper:8080/",
         "annotations":{"directfaas.io/calls":"napper"}}
        """);
    await().atMost(LONG).until(() -> available("napper") == 1 && available("byname") == 1);
    String replica = replicaIds("napper");

    int calls = 0;
    long end = System.nanoTime() + Duration.ofSeconds(35).toNanos();
    while (System.nanoTime() < end) {
      HttpResponse<byte[]> answer = stack.call("byname.acme", new byte[] {'x'});
      assertThat(answer.statusCode()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo(new byte[] {'x'});
      calls++;
      Thread.sleep(500);
    }

    assertThat(replicaIds("napper")).isEqualTo(replica);
    int made = calls;
    await().atMost(LONG).untilAsserted(() -> assertThat(invocations("napper")).isEqualTo(made));
    stack.control("DELETE", "/system/functions?namespace=acme", "{\"functionName\":\"byname\"}");
    await().atMost(LONG).until(() -> replicas("napper") == 0);
  }
}
