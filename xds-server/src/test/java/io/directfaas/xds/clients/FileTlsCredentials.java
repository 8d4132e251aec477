package io.directfaas.xds.clients;

import io.grpc.ChannelCredentials;
import io.grpc.TlsChannelCredentials;
import io.grpc.xds.XdsCredentialsProvider;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Map;

/**
 * TLS by files for grpc-java's connection to its xDS server, as gRFC A65 has it; grpc-java's own
 * provider of {@code tls} (1.85) knows no files. Found by its service file.
 */
public final class FileTlsCredentials extends XdsCredentialsProvider {
  @Override
  protected ChannelCredentials newChannelCredentials(Map<String, ?> config) {
    TlsChannelCredentials.Builder tls = TlsChannelCredentials.newBuilder();
    try {
      if (config.get("ca_certificate_file") instanceof String ca) {
        tls.trustManager(new File(ca));
      }
      if (config.get("certificate_file") instanceof String certificate
          && config.get("private_key_file") instanceof String key) {
        tls.keyManager(new File(certificate), new File(key));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return tls.build();
  }

  @Override
  protected String getName() {
    return "tls";
  }

  @Override
  public boolean isAvailable() {
    return true;
  }

  /** Before grpc-java's own, which has 5. */
  @Override
  public int priority() {
    return 7;
  }
}
