package io.directfaas.xds.resources;

import com.google.protobuf.BoolValue;
import com.google.protobuf.Message;
import io.directfaas.xds.ca.SpiffeId;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/**
 * Both ends of a connection between sidecars. TLS 1.3 alone: both ends are ours, and Envoy's own
 * default for the calling end would stop at 1.2.
 */
final class MutualTls {
  /** What has to be fetched before such a socket works. */
  static final ResourceKey IDENTITY = new ResourceKey(ResourceType.SECRET, ResourceNames.IDENTITY);

  static final ResourceKey TRUST = new ResourceKey(ResourceType.SECRET, ResourceNames.TRUST);

  private MutualTls() {}

  /** The calling end: the callee must prove that it is who was meant. */
  static TransportSocket calling(SpiffeId callee) {
    CertificateValidationContext meant =
        CertificateValidationContext.newBuilder()
            .addMatchTypedSubjectAltNames(
                SubjectAltNameMatcher.newBuilder()
                    .setSanType(SubjectAltNameMatcher.SanType.URI)
                    .setMatcher(StringMatcher.newBuilder().setExact(callee.toString())))
            .build();
    return socket(
        UpstreamTlsContext.newBuilder()
            .setCommonTlsContext(common(meant).addAlpnProtocols("h2"))
            .build());
  }

  /** The called end: whoever has a certificate of ours may speak; RBAC says who may call. */
  static TransportSocket called() {
    return socket(
        DownstreamTlsContext.newBuilder()
            .setRequireClientCertificate(BoolValue.of(true))
            .setCommonTlsContext(
                common(CertificateValidationContext.getDefaultInstance())
                    .addAlpnProtocols("h2")
                    .addAlpnProtocols("http/1.1"))
            .build());
  }

  private static CommonTlsContext.Builder common(CertificateValidationContext validation) {
    return CommonTlsContext.newBuilder()
        .setTlsParams(
            TlsParameters.newBuilder()
                .setTlsMinimumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3)
                .setTlsMaximumProtocolVersion(TlsParameters.TlsProtocol.TLSv1_3))
        .addTlsCertificateSdsSecretConfigs(sds(ResourceNames.IDENTITY))
        .setCombinedValidationContext(
            CombinedCertificateValidationContext.newBuilder()
                .setDefaultValidationContext(validation)
                .setValidationContextSdsSecretConfig(sds(ResourceNames.TRUST)));
  }

  private static SdsSecretConfig sds(String name) {
    return SdsSecretConfig.newBuilder().setName(name).setSdsConfig(CalleeResources.ads()).build();
  }

  private static TransportSocket socket(Message context) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(Resources.pack(context))
        .build();
  }
}
