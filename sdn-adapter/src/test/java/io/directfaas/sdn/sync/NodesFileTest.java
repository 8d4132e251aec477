package io.directfaas.sdn.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import io.directfaas.graph.Ipv4;
import io.directfaas.sdn.ovsdb.OvsdbAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodesFileTest {
  private @TempDir Path directory;

  private static String list(String nodes) {
    return ("{'nodes':[" + nodes + "]}").replace('\'', '"');
  }

  @Test
  void readsNodesAndNamesTheFieldThatIsWrong() {
    assertThat(
            NodesFile.parse(
                list(
                    "{'name':'n1','address':'192.0.2.1','dpid':'0000000000000a01','ovsdb':'tcp:h:1'},{'name':'n2'}")))
        .containsExactly(
            new NodeSpec("n1", Ipv4.parse("192.0.2.1"), 0xa01, new OvsdbAddress.Tcp("h", 1)),
            new NodeSpec("n2", null, 0, null));
    refused("{}", "nodes: must be a list");
    refused("{", "no JSON");
    refused(list("{'address':'192.0.2.1'}"), "nodes[0].name");
    refused(list("{'name':'a'},{'name':'a'}"), "nodes[1].name: \"a\" stands twice");
    refused(list("{'name':'a','dpid':'xyz'}"), "nodes[0].dpid");
    refused(list("{'name':'a','address':'1.2'}"), "nodes[0]");
    refused(list("{'name':'a','ovsdb':'x'}"), "ovsdb: \"x\"");
    refused(list("{'name':'a','dpid':'1'},{'name':'b','dpid':'01'}"), "that of node a");
  }

  private static void refused(String text, String message) {
    assertThatThrownBy(() -> NodesFile.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(message);
  }

  @Test
  void followsTheFileAndWhatCannotBeReadChangesNothing() throws Exception {
    Path file = directory.resolve("nodes.json");
    List<List<NodeSpec>> seen = new CopyOnWriteArrayList<>();
    try (NodesFile nodes = new NodesFile(file, seen::add)) {
      nodes.start();
      await().until(() -> nodes.lastError().contains("nodes.json"));
      Files.writeString(file, list("{'name':'n1'}"));
      await().until(() -> seen.size() == 1);
      Files.writeString(file, "{");
      await().until(() -> nodes.lastError().contains("no JSON"));
      assertThat(seen).hasSize(1);
      Files.writeString(file, list("{'name':'n1'},{'name':'n2'}"));
      await().until(() -> seen.size() == 2 && nodes.lastError().isEmpty());
    }
  }

  @Test
  void oneHoldsTheLeaseAndTheNextOneItsNextEpoch() {
    Path file = directory.resolve("lease");
    FileLease first = new FileLease(file);
    FileLease second = new FileLease(file);
    try {
      first.start();
      await().until(() -> first.epoch().isPresent());
      second.start();
      assertThat(first.epoch()).isEqualTo(OptionalLong.of(1));
      assertThat(second.epoch()).isEmpty();
      first.close();
      await().until(() -> second.epoch().equals(OptionalLong.of(2)));
      assertThat(first.epoch()).isEmpty();
    } finally {
      first.close();
      second.close();
    }
  }
}
