package io.directfaas.standalone.node.function;

import java.util.Optional;

/** Where the values of secrets come from. */
@FunctionalInterface
public interface SecretSource {
  /** The secret's value, if the namespace has one of that name. */
  Optional<byte[]> read(String namespace, String name);
}
