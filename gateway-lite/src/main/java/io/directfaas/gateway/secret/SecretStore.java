package io.directfaas.gateway.secret;

import java.util.List;
import java.util.Optional;

/** Secrets by namespace. Providers mount them into functions; the API never shows a value. */
public interface SecretStore {
  /** The value's bytes, or empty if there is no such secret (any more). */
  Optional<byte[]> value(String namespace, String name);

  /** Names only, in order. */
  List<String> names(String namespace);

  /** Adds a secret; false if there is one of that name. */
  boolean create(String namespace, String name, byte[] value);

  /** Replaces a value; false if there is no such secret. Running replicas keep what they have. */
  boolean update(String namespace, String name, byte[] value);

  /** Removes a secret; false if there is none. */
  boolean delete(String namespace, String name);
}
