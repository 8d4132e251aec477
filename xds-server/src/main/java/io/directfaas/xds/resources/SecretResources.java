package io.directfaas.xds.resources;

import io.directfaas.graph.FunctionRef;
import io.directfaas.xds.ca.Identities;
import io.directfaas.xds.ca.Identity;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import io.directfaas.xds.store.SecretSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A function's identity, and the roots it trusts, as SDS carries them. */
public final class SecretResources implements SecretSource {
  private final Identities identities;

  public SecretResources(Identities identities) {
    this.identities = identities;
  }

  @Override
  public @Nullable XdsResource secret(FunctionRef function, String name) {
    return switch (name) {
      case ResourceNames.IDENTITY -> identity(identities.of(function));
      case ResourceNames.TRUST -> trust(identities.roots());
      default -> null;
    };
  }

  private static XdsResource identity(Identity identity) {
    Secret secret =
        Secret.newBuilder()
            .setName(ResourceNames.IDENTITY)
            .setTlsCertificate(
                TlsCertificate.newBuilder()
                    .setCertificateChain(inline(identity.certificates()))
                    .setPrivateKey(inline(identity.privateKey())))
            .build();
    return resource(secret, identity.certificates());
  }

  private static XdsResource trust(String roots) {
    Secret secret =
        Secret.newBuilder()
            .setName(ResourceNames.TRUST)
            .setValidationContext(
                CertificateValidationContext.newBuilder().setTrustedCa(inline(roots)))
            .build();
    return resource(secret, roots);
  }

  /** Versions are seen by many; they are made of what is public, the key not being so. */
  private static XdsResource resource(Secret secret, String publicPart) {
    String version = new Digest().add(ResourceType.SECRET.url()).add(publicPart).hex();
    return new XdsResource(
        ResourceType.SECRET, secret.getName(), version, Resources.pack(secret), List.of());
  }

  private static DataSource inline(String text) {
    return DataSource.newBuilder().setInlineString(text).build();
  }
}
