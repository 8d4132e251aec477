package io.directfaas.xds.protocol;

/** What names a resource for one client. */
public record ResourceKey(ResourceType type, String name) {
  @Override
  public String toString() {
    return type.url().substring(type.url().lastIndexOf('.') + 1) + " " + name;
  }
}
