package io.directfaas.standalone.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StackArgumentsTest {
  private static final StackConfig CONFIG =
      StackConfig.instance("df-t1")
          .withRunDir(Path.of("/tmp/a = b"))
          .withPorts(new StackConfig.Ports(1, 2, 3, 4, 5, 6, 7, 8, 9))
          .withFabric(StackConfig.Fabric.BRIDGE);

  @Test
  void what_is_written_is_read_back() {
    assertThat(StackArguments.parse(StackArguments.format(CONFIG))).isEqualTo(CONFIG);
  }

  @Test
  void what_is_missing_unknown_or_no_number_is_named() {
    List<String> all = StackArguments.format(CONFIG);
    assertThatThrownBy(() -> StackArguments.parse(all.subList(1, all.size())))
        .hasMessage("--instance is missing");
    List<String> more = new ArrayList<>(all);
    more.add("--colour=red");
    assertThatThrownBy(() -> StackArguments.parse(more)).hasMessage("unknown: --colour");
    List<String> wrong = new ArrayList<>(all);
    wrong.replaceAll(a -> a.startsWith("--ads-port=") ? "--ads-port=x" : a);
    assertThatThrownBy(() -> StackArguments.parse(wrong))
        .hasMessage("--ads-port: 'x' is not a number");
    wrong.replaceAll(a -> a.startsWith("--ads-port=") ? "--ads-port=5" : a);
    wrong.replaceAll(a -> a.startsWith("--fabric=") ? "--fabric=wool" : a);
    assertThatThrownBy(() -> StackArguments.parse(wrong))
        .hasMessage("--fabric: 'wool' is neither OVS nor BRIDGE");
    assertThatThrownBy(() -> StackArguments.parse(List.of("instance")))
        .hasMessage("'instance' is not --name=value");
  }
}
