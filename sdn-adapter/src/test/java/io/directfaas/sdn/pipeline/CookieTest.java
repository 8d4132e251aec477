package io.directfaas.sdn.pipeline;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.projectfloodlight.openflow.types.U64;

class CookieTest {

  @Test
  void everyKindSurvivesTheSwitch() {
    for (FlowKind kind : FlowKind.values()) {
      for (int id : new int[] {0, 1, 0xffffff, -1}) {
        Cookie cookie = new Cookie(kind, id);
        assertThat(Cookie.parse(cookie.toU64())).contains(cookie);
        assertThat(Cookie.isOurs(cookie.toU64())).isTrue();
      }
    }
  }

  @Test
  void othersCookiesAreForeign() {
    assertThat(Cookie.parse(U64.ZERO)).isEmpty();
    assertThat(Cookie.isOurs(U64.of(0xdfabL << 48))).isFalse();
  }

  @Test
  void aKindOfALaterVersionIsOursButUnknown() {
    U64 later = U64.ofRaw((long) Cookie.MAGIC << 48 | 0x7fL << 40);
    assertThat(Cookie.isOurs(later)).isTrue();
    assertThat(Cookie.parse(later)).isEmpty();
  }
}
