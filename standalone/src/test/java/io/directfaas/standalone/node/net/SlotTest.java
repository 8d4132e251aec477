package io.directfaas.standalone.node.net;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.graph.Ipv4;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SlotTest {
  @Test
  void everything_follows_from_the_number() {
    Slot slot = new Slot(0x1fe);
    assertThat(slot.ip()).hasToString("10.88.1.254");
    assertThat(slot.mac()).hasToString("02:df:00:00:01:fe");
    assertThat(slot.sidecarUid()).isEqualTo(211_020);
    assertThat(slot.functionUid()).isEqualTo(211_021);
    assertThat(slot.fabricInterface()).isEqualTo("slot510");
  }

  @Test
  void all_slots_differ_in_everything_and_are_found_by_their_address() {
    Set<Object> seen = new HashSet<>();
    for (int number = Slot.FIRST; number <= Slot.LAST; number++) {
      Slot slot = new Slot(number);
      assertThat(Slot.of(slot.ip())).contains(slot);
      assertThat(slot.fabricInterface().length()).isLessThanOrEqualTo(15);
      assertThat(
              seen.addAll(
                  List.of(
                      slot.mac(), slot.sidecarUid(), slot.functionUid(), slot.fabricInterface())))
          .isTrue();
    }
    assertThat(seen).hasSize(4 * (Slot.LAST - Slot.FIRST + 1));
  }

  @Test
  void addresses_outside_the_fabric_are_no_slots() {
    assertThat(Slot.of(Ipv4.parse("10.87.0.5"))).isEmpty();
    assertThat(Slot.of(Ipv4.parse("10.89.0.5"))).isEmpty();
    assertThat(Slot.of(Ipv4.parse("10.88.0.1"))).isEmpty();
    assertThat(Slot.of(Ipv4.parse("10.88.255.255"))).isEmpty();
    assertThatThrownBy(() -> new Slot(1)).isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void the_kernels_table_of_sockets_is_read() {
    List<TcpSockets.Entry> entries = new ArrayList<>();
    TcpSockets.parse(
        """
          sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
           0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 00000000 210007 0 16411 1
           1: 0400580A:1F90 0300580A:C35A 01 00000000:00000000 00:00000000 00000000 210007 0 16500 1
           2: 0400580A:1F90 0300580A:C35B 06 00000000:00000000 03:00000000 00000000 0 0 0 1
        """,
        entries);
    TcpSockets.parse(
        """
          sl  local_address remote_address st tx_queue rx_queue tr tm->when retrnsmt uid timeout inode
           0: 00000000000000000000000000000000:3A99 00000000000000000000000000000000:0000 0A \
        00000000:00000000 00:00000000 00000000 210008 0 16412 1
           1: 0000000000000000FFFF00000400580A:1F90 0000000000000000FFFF00000300580A:C35C 08 \
        00000000:00000000 00:00000000 00000000 210007 0 16501 1
        """,
        entries);
    TcpSockets sockets = new TcpSockets(entries);
    assertThat(sockets.listener(8080)).contains(16411L);
    assertThat(sockets.listener(15001)).contains(16412L);
    assertThat(sockets.listener(80)).isEmpty();
    // One established, one that awaits its answer; TIME_WAIT has had its own.
    assertThat(sockets.inUse(8080)).isEqualTo(2);
  }
}
