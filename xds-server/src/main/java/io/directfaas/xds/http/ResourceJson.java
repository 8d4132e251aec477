package io.directfaas.xds.http;

import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.json.JsonMapper;

/**
 * Resources in protobuf's JSON mapping. What messages within messages are is found by their names:
 * Envoy's API has one Java class per message, in a package of its own name.
 */
final class ResourceJson {
  private static final JsonMapper JSON = new JsonMapper();

  private ResourceJson() {}

  static String of(Any body) throws InvalidProtocolBufferException {
    Set<Descriptor> types = new HashSet<>();
    if (!collect(body, types)) {
      return "{\"@type\": " + quote(body.getTypeUrl()) + "}";
    }
    TypeRegistry registry = TypeRegistry.newBuilder().add(types).build();
    return JsonFormat.printer().usingTypeRegistry(registry).print(body);
  }

  /** Whether the message, and all within it, is of a known type. */
  private static boolean collect(Any body, Set<Descriptor> types)
      throws InvalidProtocolBufferException {
    Message message = parse(body);
    if (message == null) {
      return false;
    }
    types.add(message.getDescriptorForType());
    return collectMembers(message, types);
  }

  private static boolean collectMembers(Message message, Set<Descriptor> types)
      throws InvalidProtocolBufferException {
    boolean known = true;
    for (Object value : message.getAllFields().values()) {
      Collection<?> members = value instanceof Collection<?> all ? all : Set.of(value);
      for (Object member : members) {
        if (member instanceof Any any) {
          known &= collect(any, types);
        } else if (member instanceof Message inner) {
          known &= collectMembers(inner, types);
        }
      }
    }
    return known;
  }

  private static @Nullable Message parse(Any body) throws InvalidProtocolBufferException {
    String name = body.getTypeUrl().substring(body.getTypeUrl().lastIndexOf('/') + 1);
    if (!name.startsWith("envoy.")) {
      return null;
    }
    try {
      Class<?> type = Class.forName("io.envoyproxy." + name);
      Message template = (Message) type.getMethod("getDefaultInstance").invoke(null);
      return template.getParserForType().parseFrom(body.getValue());
    } catch (ReflectiveOperationException e) {
      return null;
    }
  }

  /** A JSON string. */
  static String quote(String text) {
    return JSON.writeValueAsString(text);
  }
}
