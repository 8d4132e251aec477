package io.directfaas.standalone.cli.why;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.directfaas.standalone.cli.client.Unavailable;
import java.util.Arrays;
import java.util.HexFormat;
import org.junit.jupiter.api.Test;

class NameLookupTest {
  // id 1, answer, one question, two answers: "b" A IN, then pointer, A, IN, TTL 0, four octets.
  private static final byte[] TWO =
      HexFormat.of()
          .parseHex(
              "000185800001000200000000"
                  + "016200"
                  + "00010001"
                  + "c00c000100010000000000040a580009"
                  + "c00c000100010000000000040a580003");

  @Test
  void a_query_asks_for_the_addresses_of_the_name() {
    assertThat(HexFormat.of().formatHex(NameLookup.query("b.acme")))
        .isEqualTo("000101000001000000000000" + "0162" + "0461636d65" + "00" + "00010001");
  }

  @Test
  void addresses_are_read_in_order() {
    assertThat(NameLookup.addresses(TWO)).containsExactly("10.88.0.3", "10.88.0.9");
  }

  @Test
  void a_name_that_does_not_exist_has_none_and_an_error_is_no_answer() {
    byte[] answer = TWO.clone();
    answer[3] = (byte) 0x83;
    assertThat(NameLookup.addresses(answer)).isEmpty();
    answer[3] = (byte) 0x85;
    assertThatThrownBy(() -> NameLookup.addresses(answer))
        .isInstanceOf(Unavailable.class)
        .hasMessageContaining("error 5");
  }

  @Test
  void an_answer_that_is_cut_off_is_no_answer() {
    assertThatThrownBy(() -> NameLookup.addresses(Arrays.copyOf(TWO, TWO.length - 3)))
        .isInstanceOf(Unavailable.class);
  }
}
