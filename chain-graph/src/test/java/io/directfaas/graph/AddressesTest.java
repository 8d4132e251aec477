package io.directfaas.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AddressesTest {

  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "10.88.0.3", "255.255.255.255", "192.168.1.254"})
  void anIpv4AddressIsWrittenAsItWasRead(String text) {
    assertThat(Ipv4.parse(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10.88.0",
        "10.88.0.256",
        "10.88.0.3.4",
        "10.88.0.-1",
        "localhost",
        "1..2.3",
        "٣.1.1.1"
      })
  void anythingElseIsNoIpv4Address(String text) {
    assertThatThrownBy(() -> Ipv4.parse(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is not an IPv4 address");
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "169.254.88.1", "0.1.2.3", "224.0.0.1", "255.255.255.255"})
  void noHostHasASpecialAddress(String text) {
    assertThat(Ipv4.parse(text).isHostAddress()).isFalse();
  }

  @ParameterizedTest
  @ValueSource(strings = {"02:df:00:00:00:01", "fe:ff:ff:ff:ff:ff"})
  void aMacAddressIsWrittenAsItWasRead(String text) {
    assertThat(MacAddress.parse(text)).hasToString(text);
    assertThat(MacAddress.parse(text).isStationAddress()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "02:df:00:00:00", "02-df-00-00-00-01", "02:df:00:00:00:0g"})
  void anythingElseIsNoMacAddress(String text) {
    assertThatThrownBy(() -> MacAddress.parse(text)).isInstanceOf(IllegalArgumentException.class);
  }
}
