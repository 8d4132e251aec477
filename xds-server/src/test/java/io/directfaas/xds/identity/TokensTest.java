package io.directfaas.xds.identity;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.PlainJWT;
import com.nimbusds.jwt.SignedJWT;
import io.directfaas.graph.FunctionRef;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.Date;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TokensTest {
  private static final byte[] KEY =
      "0123456789abcdef0123456789abcdef".getBytes(StandardCharsets.US_ASCII);
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final FunctionRef A = new FunctionRef("acme", "a");

  @TempDir Path directory;
  private final Tokens tokens = at(NOW);

  private static Tokens at(Instant now) {
    return new Tokens(KEY, Clock.fixed(now, ZoneOffset.UTC));
  }

  private static String signed(JWTClaimsSet claims, byte[] key) throws Exception {
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    token.sign(new MACSigner(key));
    return token.serialize();
  }

  private static JWTClaimsSet.Builder claims() {
    return new JWTClaimsSet.Builder()
        .issuer("directfaas")
        .audience("directfaas-xds")
        .subject("acme/a")
        .expirationTime(Date.from(NOW.plusSeconds(60)));
  }

  @Test
  void aTokenProvesTheFunctionItWasIssuedForUntilItExpires() throws Exception {
    String token = tokens.issue(A, null, Duration.ofMinutes(10));
    assertThat(tokens.verify(token)).isEqualTo(new Peer.Client(A, null));
    assertThat(at(NOW.plusSeconds(599)).verify(token).function()).isEqualTo(A);
    assertThatThrownBy(() -> at(NOW.plusSeconds(600)).verify(token))
        .isInstanceOf(InvalidCredentialException.class)
        .hasMessageContaining("expired");
  }

  @Test
  void aTokenMayBeBoundToANode() throws Exception {
    assertThat(tokens.verify(tokens.issue(A, "n1", Duration.ofMinutes(1))))
        .isEqualTo(new Peer.Client(A, "n1"));
  }

  @Test
  void whatAnotherKeySignedOrNoneIsRefused() throws Exception {
    String foreign =
        signed(
            claims().build(),
            "another-key-another-key-another-key".getBytes(StandardCharsets.US_ASCII));
    String plain = new PlainJWT(claims().build()).serialize();
    String good = tokens.issue(A, null, Duration.ofMinutes(1));
    String[] parts = good.split("\\.");
    String forged =
        parts[0]
            + "."
            + signed(claims().subject("globex/spy").build(), KEY).split("\\.")[1]
            + "."
            + parts[2];
    for (String token :
        new String[] {foreign, plain, forged, good.substring(0, good.length() - 2)}) {
      assertThatThrownBy(() -> tokens.verify(token))
          .isInstanceOf(InvalidCredentialException.class)
          .hasMessageStartingWith("bearer token: not ");
    }
  }

  @Test
  void aTokenForAnotherServiceOrWithoutAnEndOrAFunctionIsRefused() throws Exception {
    for (JWTClaimsSet claims :
        new JWTClaimsSet[] {
          claims().audience("other").build(),
          claims().issuer("other").build(),
          claims().expirationTime(null).build(),
          claims().subject(null).build(),
          claims().subject("a").build(),
          claims().subject("acme/../b").build(),
        }) {
      String token = signed(claims, KEY);
      assertThatThrownBy(() -> tokens.verify(token)).isInstanceOf(InvalidCredentialException.class);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", ".", "..", "a.b.c", "e30.e30.", "\u0000", "ey.ey.ey"})
  void nonsenseIsRefused(String token) {
    assertThatThrownBy(() -> tokens.verify(token)).isInstanceOf(InvalidCredentialException.class);
  }

  @Test
  void aHugeTokenIsRefusedUnread() {
    assertThatThrownBy(() -> tokens.verify("a".repeat(5000)))
        .isInstanceOf(InvalidCredentialException.class)
        .hasMessageContaining("4096");
  }

  @Test
  void theKeyIsMadeOnceForItsOwnerAlone() throws Exception {
    Path file = directory.resolve("key");
    byte[] key = TokenKey.load(file);
    assertThat(key).hasSize(32);
    assertThat(TokenKey.load(file)).isEqualTo(key);
    assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
        .isEqualTo("rw-------");
    Files.writeString(file, "short");
    assertThatThrownBy(() -> TokenKey.load(file)).hasMessageContaining("5 bytes");
    assertThatThrownBy(() -> new Tokens(new byte[5], Clock.systemUTC()))
        .isInstanceOf(IllegalArgumentException.class);
  }
}
