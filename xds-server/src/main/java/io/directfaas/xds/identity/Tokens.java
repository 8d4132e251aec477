package io.directfaas.xds.identity;

import com.nimbusds.jose.JOSEException;
import com.nimbusds.jose.JWSAlgorithm;
import com.nimbusds.jose.JWSHeader;
import com.nimbusds.jose.crypto.MACSigner;
import com.nimbusds.jose.crypto.MACVerifier;
import com.nimbusds.jwt.JWTClaimsSet;
import com.nimbusds.jwt.SignedJWT;
import io.directfaas.graph.FunctionRef;
import java.text.ParseException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.Date;
import org.jspecify.annotations.Nullable;

/**
 * Tokens that prove a client to act for a function: JSON Web Tokens (RFC 7519), signed with HMAC
 * SHA-256, with the function as subject, and bound to a node id where the claim {@code node} is
 * there. Who has the key can make a token for any function.
 */
public final class Tokens {
  private static final String ISSUER = "directfaas";
  private static final String AUDIENCE = "directfaas-xds";
  private static final String NODE = "node";

  /** Ours have some 250 characters. */
  private static final int LONGEST = 4096;

  private final MACSigner signer;
  private final MACVerifier verifier;
  private final Clock clock;

  /**
   * @param key at least 32 bytes
   * @throws IllegalArgumentException if the key is shorter
   */
  public Tokens(byte[] key, Clock clock) {
    try {
      signer = new MACSigner(key);
      verifier = new MACVerifier(key);
    } catch (JOSEException e) {
      throw new IllegalArgumentException("the token key must have at least 32 bytes", e);
    }
    this.clock = clock;
  }

  /**
   * A token for a function.
   *
   * @param nodeId the only node id its bearer may have, or null for any
   */
  public String issue(FunctionRef function, @Nullable String nodeId, Duration lifetime) {
    Instant now = clock.instant();
    JWTClaimsSet claims =
        new JWTClaimsSet.Builder()
            .issuer(ISSUER)
            .audience(AUDIENCE)
            .subject(function.toString())
            .claim(NODE, nodeId)
            .issueTime(Date.from(now))
            .expirationTime(Date.from(now.plus(lifetime)))
            .build();
    SignedJWT token = new SignedJWT(new JWSHeader(JWSAlgorithm.HS256), claims);
    try {
      token.sign(signer);
    } catch (JOSEException e) {
      throw new IllegalStateException("every Java platform has HMAC SHA-256", e);
    }
    return token.serialize();
  }

  /**
   * Who a token is for.
   *
   * @throws InvalidCredentialException if it is not one of ours, or has expired
   */
  public Peer.Client verify(String token) throws InvalidCredentialException {
    if (token.length() > LONGEST) {
      throw new InvalidCredentialException("bearer token: longer than " + LONGEST + " characters");
    }
    try {
      SignedJWT signed = SignedJWT.parse(token);
      // The algorithm is ours to choose, never the token's.
      if (!JWSAlgorithm.HS256.equals(signed.getHeader().getAlgorithm())
          || !signed.verify(verifier)) {
        throw new InvalidCredentialException("bearer token: not signed with this server's key");
      }
      return peerOf(signed.getJWTClaimsSet());
    } catch (ParseException | JOSEException | IllegalArgumentException e) {
      throw new InvalidCredentialException("bearer token: not a token of this server");
    }
  }

  private Peer.Client peerOf(JWTClaimsSet claims)
      throws InvalidCredentialException, ParseException {
    if (!ISSUER.equals(claims.getIssuer()) || !claims.getAudience().contains(AUDIENCE)) {
      throw new InvalidCredentialException("bearer token: meant for another service");
    }
    Date expires = claims.getExpirationTime();
    if (expires == null || !clock.instant().isBefore(expires.toInstant())) {
      throw new InvalidCredentialException("bearer token: has expired");
    }
    String subject = claims.getSubject();
    if (subject == null || subject.indexOf('/') < 0) {
      throw new InvalidCredentialException("bearer token: its subject is not a function");
    }
    return new Peer.Client(FunctionRef.parse(subject, ""), claims.getStringClaim(NODE));
  }
}
