package io.directfaas.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import io.directfaas.gateway.Gateway.Answer;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Base64;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AccessTest {
  @TempDir static Path stateDir;
  private static Gateway gateway;

  @BeforeAll
  static void start() {
    gateway = Gateway.start(stateDir);
  }

  @AfterAll
  static void stop() {
    gateway.close();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "/system/functions",
        "/system/info",
        "/system",
        "/system/nothing",
        "/system/function/f",
        "/ui",
        "/ui/"
      })
  void controlNeedsCredentials(String path) {
    Answer answer = gateway.send(gateway.anonymous(path).GET());
    assertThat(answer.status()).isEqualTo(401);
    assertThat(answer.header("www-authenticate")).isEqualTo("Basic realm=\"Restricted\"");
    assertThat(answer.body()).isEqualTo("invalid credentials\n");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Basic ",
        "Basic Og==",
        "Basic !!!",
        "Bearer x",
        "Basic",
        "x",
        "Basic YWRtaW46",
        "Basic YWRtaW46cGFzc3dvcmQ="
      })
  void wrongCredentialsAreRefused(String authorization) {
    assertThat(
            gateway
                .send(
                    gateway
                        .anonymous("/system/functions")
                        .header("Authorization", authorization)
                        .GET())
                .status())
        .isEqualTo(401);
  }

  @Test
  void nobodyNeedsThemForHealthAndTheEntrance() {
    Answer health = gateway.send(gateway.anonymous("/healthz").GET());
    assertThat(health.status()).isEqualTo(200);
    assertThat(health.body()).isEqualTo("OK");
    Answer root = gateway.send(gateway.anonymous("/").GET());
    assertThat(root.status()).isEqualTo(307);
    assertThat(root.header("location")).isEqualTo("/ui/");
    assertThat(gateway.send(gateway.anonymous("/function/f").GET()).status()).isEqualTo(501);
    assertThat(gateway.send(gateway.anonymous("/nothing").GET()).status()).isEqualTo(404);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "//system/functions",
        "/system//functions",
        "/healthz/../system/functions",
        "/./system/functions",
        "/%73ystem/functions",
        "/system;x=y/functions",
        "/healthz;/../system/functions",
        "/System/functions",
        "/healthz/..;/system/functions",
        "/system%2ffunctions",
        "\\system\\functions",
      })
  void noSpellingOfAPathGoesRoundThem(String path) throws IOException {
    String answer = raw("GET " + path + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    assertThat(answer).containsPattern("^HTTP/1.1 (400|401|404) ");
    assertThat(answer).doesNotContain("[]").doesNotContainIgnoringCase("<html");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "nonsense\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET /\0 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /system/functions HTTP/9.9\r\nHost: x\r\n\r\n",
        "POST /system/functions HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /system/functions HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: x\r\n\r\n",
        "TRACE /system/functions HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: x\r\nbad header\r\n\r\n",
      })
  void whatIsNotHttpIsRefusedWithoutHtml(String request) throws IOException {
    String answer = raw(request);
    assertThat(answer).doesNotContainIgnoringCase("<html").doesNotContain("HTTP/1.1 500");
    assertThat(answer).doesNotContain("Tomcat");
  }

  @Test
  void aBrokenBodyIsRefused() throws IOException {
    String answer =
        raw(
            "POST /system/functions HTTP/1.1\r\nHost: x\r\nAuthorization: "
                + gateway.authorization()
                + "\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\nzz\r\n");
    assertThat(answer).startsWith("HTTP/1.1 400 ");
    assertThat(answer).doesNotContainIgnoringCase("<html");
  }

  @ParameterizedTest
  @CsvSource({
    "GET,/system/nothing,404",
    "GET,/system/,404",
    "GET,/system/functions/,404",
    "GET,/error,404",
    "PATCH,/system/functions,405",
    "POST,/system/info,405",
    "POST,/ui/,405",
    "DELETE,/system/function/f,405",
    "POST,/system/namespaces,405",
  })
  void unknownPathsAndWrongMethodsSaySo(String method, String path, int status) {
    Answer answer = gateway.send(method, path, "{}");
    assertThat(answer.status()).isEqualTo(status);
    assertThat(answer.body())
        .isEqualTo(status == 404 ? "404 page not found\n" : "405 method not allowed\n");
    assertThat(answer.header("content-type")).startsWith("text/plain");
  }

  @ParameterizedTest
  @ValueSource(strings = {"text/html", "application/xml", "nonsense", "*/*;q=2"})
  void whateverAClientAcceptsItGetsTheSameAnswer(String accept) {
    Answer good =
        gateway.send(gateway.authorized("/system/functions").header("Accept", accept).GET());
    assertThat(good.status()).isEqualTo(200);
    assertThat(good.body()).isEqualTo("[]");
    Answer bad = gateway.send(gateway.authorized("/system/none").header("Accept", accept).GET());
    assertThat(bad.status()).isEqualTo(404);
    assertThat(bad.body()).isEqualTo("404 page not found\n");
  }

  @Test
  void theGeneratedPasswordIsLongAndPrivate() throws IOException {
    Path password = stateDir.resolve("secrets/basic-auth-password");
    assertThat(Files.readString(password)).matches("[0-9a-f]{32}");
    assertThat(Files.readString(stateDir.resolve("secrets/basic-auth-user"))).isEqualTo("admin");
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(password)))
        .isEqualTo("rw-------");
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(stateDir.resolve("gateway.db"))))
        .isEqualTo("rw-------");
  }

  @Test
  void givenCredentialsAreUsed(@TempDir Path other) throws IOException {
    Path secrets = Files.createDirectories(other.resolve("given"));
    Files.writeString(secrets.resolve("basic-auth-user"), "me\n");
    Files.writeString(secrets.resolve("basic-auth-password"), "pa:ss\n");
    try (Gateway own = Gateway.start(other, java.util.Map.of("secrets-dir", secrets.toString()))) {
      String pair = Base64.getEncoder().encodeToString("me:pa:ss".getBytes(StandardCharsets.UTF_8));
      assertThat(
              own.send(
                      own.anonymous("/system/functions")
                          .header("Authorization", "Basic " + pair)
                          .GET())
                  .status())
          .isEqualTo(200);
    }
  }

  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", gateway.httpPort())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
    }
  }
}
