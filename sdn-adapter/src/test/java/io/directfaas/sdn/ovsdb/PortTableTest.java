package io.directfaas.sdn.ovsdb;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.graph.MacAddress;
import io.directfaas.sdn.pipeline.Port;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import tools.jackson.databind.json.JsonMapper;

class PortTableTest {
  private final PortTable table = new PortTable("df0", TunnelConfig.NONE);

  private void update(String json) {
    table.update(JsonMapper.builder().build().readTree(json.replace('\'', '"')));
  }

  private Map<String, Port> ports() {
    return PortIdentity.resolve(table.view().claims(), List.of());
  }

  private void bridgeWithOnePort() {
    update(
        """
        {'Bridge':{'b1':{'new':{'name':'df0','ports':['uuid','p1']}}},
         'Port':{'p1':{'new':{'interfaces':['uuid','i1']}}}}
        """);
  }

  private void iface(String ofport) {
    update(
        """
        {'Interface':{'i1':{'new':{'ofport':%s,'external_ids':['map',[
          ['directfaas-replica','a-1'],['attached-mac','02:df:00:00:00:02']]]}}}}
        """
            .formatted(ofport));
  }

  @Test
  void aPortThatHasNoNumberYetAppearsWithItsNumber() {
    bridgeWithOnePort();
    iface("['set',[]]");
    assertThat(ports()).isEmpty();
    iface("7");
    assertThat(ports())
        .containsOnly(Map.entry("a-1", new Port(7, MacAddress.parse("02:df:00:00:00:02"))));
  }

  @Test
  void aPortThatFailedIsNone() {
    bridgeWithOnePort();
    iface("-1");
    assertThat(ports()).isEmpty();
  }

  @Test
  void aDeletedInterfaceIsGone() {
    bridgeWithOnePort();
    iface("7");
    update("{'Interface':{'i1':{'old':{'ofport':7}}}}");
    assertThat(ports()).isEmpty();
  }

  @Test
  void aPortTakenOffTheBridgeIsGoneThoughItsRowRemains() {
    bridgeWithOnePort();
    iface("7");
    update("{'Bridge':{'b1':{'new':{'name':'df0','ports':['set',[]]}}}}");
    assertThat(ports()).isEmpty();
  }

  @Test
  void portsOfOtherBridgesDoNotCount() {
    update(
        """
        {'Bridge':{'b2':{'new':{'name':'other','ports':['set',[['uuid','p1']]]}}},
         'Port':{'p1':{'new':{'interfaces':['uuid','i1']}}}}
        """);
    iface("7");
    assertThat(ports()).isEmpty();
  }

  @Test
  void nonsenseInTheDatabaseOpensNothing() {
    bridgeWithOnePort();
    update(
        """
        {'Interface':{'i1':{'new':{'ofport':3,'external_ids':['map',[
          ['directfaas-replica','a-1'],['attached-mac','mistyped']]]}},
         'i2':{'new':7}, 'i3':{}}, 'Port':{'px':{'new':[1,2]}}, 'Bridge':'?'}
        """);
    assertThat(ports().get("a-1")).isEqualTo(new Port(3, new MacAddress(0)));
  }
}
