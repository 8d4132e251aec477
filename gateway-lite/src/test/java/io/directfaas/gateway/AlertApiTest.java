package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.Gateway.Answer;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AlertApiTest {
  @TempDir Path stateDir;
  private Gateway gateway;

  @BeforeEach
  void start() {
    gateway = Gateway.start(stateDir);
  }

  @AfterEach
  void stop() {
    gateway.close();
  }

  @Test
  void aFiringAlertStepsUpToTheMaximumAndAResolvedOneGoesBack() {
    deploy("f", "\"com.openfaas.scale.max\":\"7\",\"com.openfaas.scale.factor\":\"30\"");
    assertThat(alert("firing", "f.openfaas-fn").status()).isEqualTo(200);
    assertThat(replicas("f")).isEqualTo(4); // 1 + ceil(7 * 30 / 100)
    alert("firing", "f.openfaas-fn");
    assertThat(replicas("f")).isEqualTo(7);
    alert("firing", "f.openfaas-fn");
    assertThat(replicas("f")).isEqualTo(7);
    alert("resolved", "f");
    assertThat(replicas("f")).isEqualTo(1);
  }

  @Test
  void withoutLabelsAStepIsTwoReplicas() {
    deploy("f", "");
    alert("firing", "f");
    assertThat(replicas("f")).isEqualTo(3);
  }

  @Test
  void aFunctionWhoseMinimumIsItsMaximumIsLeftAlone() {
    deploy("f", "\"com.openfaas.scale.min\":\"2\",\"com.openfaas.scale.max\":\"2\"");
    gateway.post("/system/scale-function/f", "{\"serviceName\":\"f\",\"replicas\":5}");
    alert("firing", "f");
    assertThat(replicas("f")).isEqualTo(5);
    alert("resolved", "f");
    assertThat(replicas("f")).isEqualTo(5);
  }

  @Test
  void whatWasScaledToZeroIsNotWokenByAResolvedAlert() {
    deploy("f", "");
    gateway.post("/system/scale-function/f", "{\"serviceName\":\"f\",\"replicas\":0}");
    alert("resolved", "f");
    assertThat(replicas("f")).isZero();
  }

  @Test
  void alertsThatCannotBeFollowedAreNamedAndTheOthersFollowed() {
    deploy("f", "");
    Answer answer =
        gateway.post(
            "/system/alert",
            "{\"status\":\"firing\",\"alerts\":[{\"labels\":{\"function_name\":\"nobody\"}},"
                + "{\"labels\":{\"function_name\":\"f\"}},7,{\"status\":\"odd\",\"labels\":{}}]}");
    assertThat(answer.status()).isEqualTo(500);
    assertThat(answer.body().lines())
        .containsExactly(
            "[0] labels.function_name: there is no function openfaas-fn/nobody",
            "[2] expected an object",
            "[3] status: 'odd' is neither firing nor resolved");
    assertThat(replicas("f")).isEqualTo(3);
  }

  @Test
  void whatIsNoWebhookIsRefused() {
    for (String body : new String[] {"", "no json", "[]", "{}", "{\"alerts\":{}}"}) {
      assertThat(gateway.post("/system/alert", body).status()).as(body).isEqualTo(400);
    }
  }

  private void deploy(String name, String labels) {
    Answer answer =
        gateway.deploy(
            "{\"service\":\"" + name + "\",\"image\":\"i\",\"labels\":{" + labels + "}}");
    assertThat(answer.status()).as(answer.body()).isEqualTo(202);
  }

  private Answer alert(String status, String function) {
    return gateway.post(
        "/system/alert",
        "{\"receiver\":\"scale-up\",\"status\":\""
            + status
            + "\",\"alerts\":[{\"status\":\""
            + status
            + "\",\"labels\":{\"alertname\":\"APIHighInvocationRate\",\"function_name\":\""
            + function
            + "\"}}]}");
  }

  private int replicas(String function) {
    return gateway.get("/system/function/" + function).json().get("replicas").intValue();
  }
}
