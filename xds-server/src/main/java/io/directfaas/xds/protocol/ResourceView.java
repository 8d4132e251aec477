package io.directfaas.xds.protocol;

import java.util.Collection;
import org.jspecify.annotations.Nullable;

/** All that one client may see, at one revision. Immutable. */
public interface ResourceView {
  /** The revision of the graph this view was made from. */
  long revision();

  @Nullable XdsResource get(ResourceType type, String name);

  /** The names of all resources of a type: what a wildcard stands for. */
  Collection<String> names(ResourceType type);
}
