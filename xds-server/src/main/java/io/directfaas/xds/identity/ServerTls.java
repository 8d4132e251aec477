package io.directfaas.xds.identity;

import io.grpc.ServerCredentials;

/** What the TLS side of a server shows, and whose client certificates it takes. */
public interface ServerTls extends AutoCloseable {
  /** Credentials that keep up with the material they are made of: rotation needs no restart. */
  ServerCredentials credentials();

  /** The certificates, PEM, by which clients know the server. */
  String trustBundle();

  @Override
  void close();
}
