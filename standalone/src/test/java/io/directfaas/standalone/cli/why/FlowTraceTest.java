package io.directfaas.standalone.cli.why;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class FlowTraceTest {
  private static final String HEAD =
      """
      Flow: tcp,in_port=1,vlan_tci=0x0000,dl_src=02:df:00:00:00:03,tp_dst=8080,tcp_flags=syn

      bridge("df0")
      -------------
       0. ip,in_port=1,dl_src=02:df:00:00:00:03,nw_src=10.88.0.3, priority 200, cookie 0xdfaa01000000000b
          write_metadata:0xb0000000000002
          goto_table:1
       1. ip,metadata=0x2/0xffff,nw_dst=10.88.0.4, priority 100, cookie 0xdfaa03000000000c
          write_metadata:0xc000000
          goto_table:2
      """;

  @Test
  void a_packet_that_leaves_the_switch_passes() {
    FlowTrace trace =
        FlowTrace.parse(
            HEAD
                + """
                 2. tcp,metadata=0xb00000c0000, priority 100, cookie 0xdfaa04000000000b
                    goto_table:4
                 4. priority 0
                    goto_table:5
                 5. ip,nw_dst=10.88.0.4, priority 100, cookie 0xdfaa08000000000c
                    output:2

                Final flow: unchanged
                Megaflow: recirc_id=0,tcp,in_port=1
                Datapath actions: 2
                """);
    assertThat(trace.passes()).isTrue();
    assertThat(trace.steps()).extracting(FlowTrace.Step::table).containsExactly(0, 1, 2, 4, 5);
    assertThat(trace.inWords()).isEqualTo("ingress > destination > edge > meter > forward, then 2");
  }

  @Test
  void the_flow_that_drops_says_why() {
    FlowTrace undeclared =
        FlowTrace.parse(
            HEAD
                + """
                 2. metadata=0xb0000000000/0xffffff0000000000, priority 1, cookie 0xdfaa83000000000b
                    drop

                Final flow: unchanged
                Megaflow: recirc_id=0,tcp
                Datapath actions: drop
                """);
    assertThat(undeclared.passes()).isFalse();
    assertThat(undeclared.inWords())
        .isEqualTo("ingress > destination > edge: dropped, because no edge allows it");

    FlowTrace spoofed =
        FlowTrace.parse(
            " 0. ip,in_port=1, priority 150, cookie 0xdfaa80000000000b\n    drop\n"
                + "Datapath actions: drop\n");
    assertThat(spoofed.inWords())
        .isEqualTo("ingress: dropped, because the sender is not who this port belongs to");
  }

  @Test
  void a_table_miss_is_explained_by_its_table() {
    FlowTrace trace =
        FlowTrace.parse(
            " 0. in_port=1, priority 200\n    goto_table:1\n 1. No match.\n            drop\n"
                + "Datapath actions: drop\n");
    assertThat(trace.passes()).isFalse();
    assertThat(trace.inWords()).startsWith("ingress > destination: dropped, because this address");
  }

  @Test
  void no_trace_is_no_pass() {
    assertThat(FlowTrace.parse("ovs-appctl: df0: unknown bridge\n").passes()).isFalse();
  }

  @Test
  void a_drop_of_which_the_controller_is_shown_a_sample_is_a_drop() {
    FlowTrace trace =
        FlowTrace.parse(
            HEAD
                + """
                 2. metadata=0xb0000000000/0xffffff0000000000, priority 1, cookie 0xdfaa83000000000b
                    meter:131074
                    CONTROLLER:128

                Final flow: unchanged
                Datapath actions: meter(3),userspace(pid=0,controller(reason=1,dont_send=0,continuation=0,recirc_id=4,rule_cookie=0xdfaa83000000000b,controller_id=0,max_len=128))
                """);
    assertThat(trace.passes()).isFalse();
    assertThat(trace.inWords())
        .isEqualTo("ingress > destination > edge: dropped, because no edge allows it");
  }

  @Test
  void meter_and_tunnel_are_named() {
    FlowTrace trace =
        FlowTrace.parse(
            " 4. metadata=0x2/0xffff, priority 100, cookie 0xdfaa070000000002\n    meter:2\n"
                + " 5. ip, priority 100, cookie 0xdfaa08000000000c\n    output:9\n"
                + "Datapath actions:"
                + " meter(0),set(tunnel(tun_id=0xb,dst=192.0.2.2,ttl=64,flags(df|key))),9\n");
    assertThat(trace.passes()).isTrue();
    assertThat(trace.inWords())
        .startsWith(
            "meter > forward, then within the tenant's bandwidth, through the tunnel to the node at"
                + " 192.0.2.2, ");
  }
}
