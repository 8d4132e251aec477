package io.directfaas.queue;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.net.InetAddress;
import java.net.URI;
import java.net.UnknownHostException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CallbackRulesTest {
  private final CallbackRules rules = new CallbackRules(List.of());

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.0.0.1/",
        "http://127.1/",
        "http://0x7f000001/",
        "http://2130706433/",
        "http://10.88.0.2:8080/",
        "http://169.254.169.254/latest/meta-data",
        "http://192.168.1.1",
        "http://[::1]/",
        "http://[::ffff:127.0.0.1]/",
        "http://[fe80::1]/",
        "http://[fc00::1]/",
        "http://[2002:7f00:1::]/",
        "http://localhost:8081/system/functions",
        "http://0.0.0.0/",
        "ftp://example.com/",
        "file:///etc/passwd",
        "//example.com",
        "http:///",
        "not a url",
        "http://user:secret@example.com/",
        "http://224.0.0.1/",
        "http://100.64.0.1/"
      })
  void whatIsInsideIsRefused(String url) {
    assertThat(rules.problem(url)).isNotEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "https://example.com/hook?x=1",
        "http://93.184.216.34/",
        "http://[2606:4700::1]:81/",
        "http://gateway:8080/function/f",
        "http://gateway.openfaas:8080/function/f.acme/x"
      })
  void whatIsPublicOrAFunctionIsAllowed(String url) {
    assertThat(rules.problem(url)).isEmpty();
  }

  @Test
  void namesAreJudgedByWhereTheyLead() {
    assertThatThrownBy(() -> rules.resolve("localhost"))
        .isInstanceOf(UnknownHostException.class)
        .hasMessageContaining("not allowed");
    assertThatThrownBy(() -> rules.resolve("127.0.0.1")).isInstanceOf(UnknownHostException.class);
  }

  @Test
  void whatTheOperatorListsIsAllowed() throws UnknownHostException {
    CallbackRules listed = new CallbackRules(List.of("127.0.0.0/8", "LocalHost", "fd00::/8"));
    assertThat(listed.problem("http://127.0.0.1/")).isEmpty();
    assertThat(listed.problem("http://localhost/")).isEmpty();
    assertThat(listed.resolve("localhost")).isNotEmpty();
    assertThat(listed.isAllowed(InetAddress.getByName("fd00::1"))).isTrue();
    assertThat(listed.problem("http://10.0.0.1/")).isNotEmpty();
    assertThatThrownBy(() -> new CallbackRules(List.of("10.0.0.0/33")))
        .hasMessageContaining("10.0.0.0/33");
    assertThatThrownBy(() -> new CallbackRules(List.of("a b"))).hasMessageContaining("'a b'");
  }

  @Test
  void onlyCallsOfTheGatewayAreFunctions() {
    assertThat(CallbackRules.isGateway(URI.create("http://gateway:8080/function/f"))).isTrue();
    assertThat(CallbackRules.isGateway(URI.create("http://gateway:8080/system/functions")))
        .isFalse();
    assertThat(CallbackRules.isGateway(URI.create("http://gateway.evil/function/f"))).isFalse();
  }
}
