package io.directfaas.standalone.cli.status;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.standalone.cli.CannedServer;
import io.directfaas.standalone.cli.CannedServer.Reply;
import io.directfaas.standalone.cli.RecordedTerminal;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.GraphSnapshot;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.cli.status.StatusReport.Source;
import io.directfaas.standalone.cli.status.StatusReport.Sources;
import io.directfaas.standalone.config.StackConfig;
import java.io.IOException;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class StatusReportTest {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private static final String GRAPH =
      """
      {"id":"g","revision":12,"tenants":[],
       "functions":[
        {"name":"extract","namespace":"acme","id":3,"replicas":[
          {"id":"extract-a1","ip":"10.88.0.3","mac":"02:df:00:00:00:03","port":8080,"node":"vm",
           "state":"ready","ready":true},
          {"id":"extract-b2","ip":"10.88.0.5","mac":"02:df:00:00:00:05","port":8080,"node":"vm",
           "state":"starting","ready":false}],
         "problem":"runs but does not listen on port 8080"},
        {"name":"ingress","namespace":"directfaas-system","id":1,"replicas":[
          {"id":"ingress","ip":"10.88.0.2","mac":"02:df:00:00:00:02","port":8080,"node":"vm",
           "state":"ready","ready":true}]}],
       "edges":[{"caller":"directfaas-system/ingress","callee":"acme/extract",
                 "dataPath":"fabric","origin":"public"}]}
      """;
  private static final String PROGRESS =
      """
      {"revision":12,"live":true,"retired":false,"waitingFor":["sdn-adapter is at revision 11"],
       "subscribers":[{"name":"xds","role":"MESH","laggards":[{"who":"extract-a1","why":"slow"}]}]}
      """;
  private static final String XDS =
      """
      {"sidecars":[
        {"node":"extract-a1","connected":true,"ackedRevision":11,"nack":"bad route","types":{}},
        {"node":"ingress","connected":false,"ackedRevision":12,"nack":null,"types":{}}]}
      """;
  private static final String SDN =
      """
      {"switches":[{"dpid":"00:01","connected":true,"role":"equal","syncedRevision":11,"flows":42,
                    "flowsWritten":7}],
       "ports":{"extract-a1":4},"waitingForPort":["extract-b2"],"lastError":""}
      """;

  private static final String QUEUE =
      """
      {"depth":7,"inFlight":2,"accepted":20,"executed":13,"retried":4,"abandoned":1,
       "callbacks":{"sent":5,"failed":0},"functions":[{"function":"acme/extract","depth":7}]}
      """;

  @Test
  void everything_that_the_components_say_has_its_place() throws IOException {
    JsonNode json = report().json();
    assertThat(json.path("revision").asLong()).isEqualTo(12);
    assertThat(json.path("functions")).hasSize(1);
    assertThat(json.path("functions").path(0))
        .isEqualTo(
            JSON.readTree(
                """
                {"name":"extract","namespace":"acme","replicas":[
                 {"id":"extract-a1","ip":"10.88.0.3","port":8080,"mac":"02:df:00:00:00:03",
                  "node":"vm","netns":"df-extract-a1","ofPort":4,
                  "sidecarAdmin":"/run/directfaas/sidecars/extract-a1/admin.sock",
                  "ready":true,"state":"ready"},
                 {"id":"extract-b2","ip":"10.88.0.5","port":8080,"mac":"02:df:00:00:00:05",
                  "node":"vm","netns":"df-extract-b2","ofPort":null,
                  "sidecarAdmin":"/run/directfaas/sidecars/extract-b2/admin.sock",
                  "ready":false,"state":"starting"}]}
                """));
    assertThat(json.path("edges"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"caller":"directfaas-system/ingress","callee":"acme/extract",
                  "dataPath":"fabric","origin":"public"}]
                """));
    assertThat(json.path("sidecars"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"node":"extract-a1","connected":true,"ackedRevision":11,"nack":"bad route"},
                 {"node":"ingress","connected":false,"ackedRevision":12,"nack":null}]
                """));
    assertThat(json.path("switches"))
        .isEqualTo(
            JSON.readTree(
                """
                [{"dpid":"00:01","connected":true,"role":"equal","syncedRevision":11,"flows":42}]
                """));
    assertThat(json.path("queue")).isEqualTo(JSON.readTree(QUEUE));
  }

  @Test
  void what_lags_or_is_broken_is_said_in_words() throws IOException {
    assertThat(report().problems())
        .containsExactly(
            "acme/extract: runs but does not listen on port 8080",
            "replica extract-b2 is not ready yet",
            "sidecar extract-a1 refused its configuration: bad route",
            "sidecar ingress is not connected",
            "replica extract-b2 is not plugged into the switch",
            "lagging: sdn-adapter is at revision 11",
            "lagging: extract-a1 (slow)");
  }

  @Test
  void a_component_that_is_down_leaves_its_part_empty_and_is_named() throws IOException {
    StatusReport report =
        StatusReport.of(
            new Sources(
                Source.of(graph()),
                Source.of(JSON.readTree("{}")),
                Source.down("xds-server does not answer on 127.0.0.1:18001"),
                Source.down("sdn-adapter does not answer on 127.0.0.1:6654"),
                Source.down("the queue worker does not answer on 127.0.0.1:8083")),
            StackConfig.defaults().layout());
    assertThat(report.json().path("functions")).hasSize(1);
    assertThat(report.json().path("sidecars")).isEmpty();
    assertThat(report.json().path("switches")).isEmpty();
    assertThat(report.json().path("queue").isNull()).isTrue();
    assertThat(report.problems())
        .contains(
            "xds-server does not answer on 127.0.0.1:18001",
            "sdn-adapter does not answer on 127.0.0.1:6654",
            "the queue worker does not answer on 127.0.0.1:8083");
  }

  @Test
  void people_see_the_same_as_a_table() throws IOException {
    RecordedTerminal recorded = new RecordedTerminal();
    new StatusView(recorded.terminal()).print(report());
    assertThat(recorded.out())
        .contains("Revision 12")
        .containsPattern("acme/extract +extract-a1 +ready +10.88.0.3:8080 +4 +df-extract-a1")
        .containsPattern("\\n +WAITING +UNDER WAY +MADE +RETRIED +GIVEN UP +CALLBACKS")
        .containsPattern("\\n +5 +2 +13 +4 +1 +5\\n")
        .contains("! sidecar ingress is not connected");
  }

  private static StatusReport report() throws IOException {
    return StatusReport.of(
        new Sources(
            Source.of(graph()),
            Source.of(JSON.readTree(PROGRESS)),
            Source.of(JSON.readTree(XDS)),
            Source.of(JSON.readTree(SDN)),
            Source.of(JSON.readTree(QUEUE))),
        StackConfig.defaults().layout());
  }

  private static GraphSnapshot graph() throws IOException {
    try (CannedServer server = new CannedServer(request -> Reply.of(200, GRAPH))) {
      GraphSnapshot graph = new Gateway(new HttpCaller("it", server.uri(), "Basic x")).graph();
      assertThat(server.requests().getFirst().line()).isEqualTo("GET /system/graph");
      return graph;
    }
  }
}
