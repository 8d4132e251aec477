package io.directfaas.gateway.secret;

import io.directfaas.gateway.store.Store;
import java.util.List;
import java.util.Optional;

/** Secrets in gateway-lite's own store. */
public final class StoredSecrets implements SecretStore {
  private final Store store;

  public StoredSecrets(Store store) {
    this.store = store;
  }

  @Override
  public Optional<byte[]> value(String namespace, String name) {
    return store.secret(namespace, name);
  }

  @Override
  public List<String> names(String namespace) {
    return store.secretNames(namespace);
  }

  @Override
  public boolean create(String namespace, String name, byte[] value) {
    return store.insertSecret(namespace, name, value);
  }

  @Override
  public boolean update(String namespace, String name, byte[] value) {
    return store.updateSecret(namespace, name, value);
  }

  @Override
  public boolean delete(String namespace, String name) {
    return store.deleteSecret(namespace, name);
  }
}
