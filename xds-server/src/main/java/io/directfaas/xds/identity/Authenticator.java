package io.directfaas.xds.identity;

import io.grpc.Context;
import io.grpc.Contexts;
import io.grpc.Grpc;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.grpc.Status;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Lets a call in only with a credential: a client certificate that the handshake has verified, a
 * bearer token, or both of the same function. Services behind it read {@link #peer()}.
 */
public final class Authenticator implements ServerInterceptor {
  private static final Context.Key<Peer> PEER = Context.key("directfaas-peer");
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);
  private static final String SCHEME = "Bearer ";

  private final SpiffeIds ids;
  private final @Nullable Tokens tokens;

  /**
   * @param trustDomain of the SPIFFE IDs in client certificates
   * @param tokens null where no tokens are taken
   */
  public Authenticator(String trustDomain, @Nullable Tokens tokens) {
    this.ids = new SpiffeIds(trustDomain);
    this.tokens = tokens;
  }

  /** Who made the present call; only behind an authenticator. */
  public static Peer peer() {
    Peer peer = PEER.get();
    if (peer == null) {
      throw new IllegalStateException("the call did not pass an authenticator");
    }
    return peer;
  }

  @Override
  public <Q, P> ServerCall.Listener<Q> interceptCall(
      ServerCall<Q, P> call, Metadata headers, ServerCallHandler<Q, P> next) {
    try {
      Peer.Client client =
          client(call.getAttributes().get(Grpc.TRANSPORT_ATTR_SSL_SESSION), headers);
      return Contexts.interceptCall(Context.current().withValue(PEER, client), call, headers, next);
    } catch (InvalidCredentialException e) {
      call.close(Status.UNAUTHENTICATED.withDescription(e.getMessage()), new Metadata());
      return new ServerCall.Listener<>() {};
    }
  }

  Peer.Client client(@Nullable SSLSession session, Metadata headers)
      throws InvalidCredentialException {
    X509Certificate certificate = certificate(session);
    String token = token(headers);
    Peer.Client byToken = token == null ? null : byToken(token);
    Peer.Client byCertificate =
        certificate == null ? null : new Peer.Client(ids.functionOf(certificate), null);
    if (byToken != null
        && byCertificate != null
        && !byToken.function().equals(byCertificate.function())) {
      throw new InvalidCredentialException(
          "two credentials: the certificate is "
              + byCertificate.function()
              + "'s, the bearer token "
              + byToken.function()
              + "'s");
    }
    // A token may be bound to a node, too.
    if (byToken != null) {
      return byToken;
    }
    if (byCertificate != null) {
      return byCertificate;
    }
    throw new InvalidCredentialException(
        "no credential: expected a client certificate with the URI "
            + ids.pattern()
            + (tokens == null ? "" : ", or a bearer token in the metadata 'authorization'"));
  }

  private Peer.Client byToken(String token) throws InvalidCredentialException {
    if (tokens == null) {
      throw new InvalidCredentialException("bearer token: this server takes none");
    }
    return tokens.verify(token);
  }

  private static @Nullable X509Certificate certificate(@Nullable SSLSession session) {
    if (session == null) {
      return null;
    }
    try {
      Certificate[] chain = session.getPeerCertificates();
      return chain.length > 0 && chain[0] instanceof X509Certificate leaf ? leaf : null;
    } catch (SSLPeerUnverifiedException e) {
      return null;
    }
  }

  private static @Nullable String token(Metadata headers) throws InvalidCredentialException {
    Iterable<String> given = headers.getAll(AUTHORIZATION);
    if (given == null) {
      return null;
    }
    List<String> values = new ArrayList<>();
    given.forEach(values::add);
    if (values.size() != 1
        || !values.getFirst().regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
      throw new InvalidCredentialException("authorization: expected one bearer token");
    }
    return values.getFirst().substring(SCHEME.length()).strip();
  }
}
