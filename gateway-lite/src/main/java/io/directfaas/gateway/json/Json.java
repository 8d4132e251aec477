package io.directfaas.gateway.json;

import tools.jackson.core.StreamReadFeature;
import tools.jackson.databind.DeserializationFeature;
import tools.jackson.databind.cfg.EnumFeature;
import tools.jackson.databind.json.JsonMapper;

/** The one way JSON is read and written here. */
public final class Json {
  /** Thread-safe. Objects keep the order of their keys. */
  public static final JsonMapper MAPPER =
      JsonMapper.builder()
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .enable(EnumFeature.WRITE_ENUMS_TO_LOWERCASE)
          // No excerpt of what was sent in an error: it may be a secret.
          .disable(StreamReadFeature.INCLUDE_SOURCE_IN_LOCATION)
          .build();

  private Json() {}
}
