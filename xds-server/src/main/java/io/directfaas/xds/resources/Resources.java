package io.directfaas.xds.resources;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import com.google.protobuf.MessageLite;
import io.directfaas.xds.protocol.Digest;
import io.directfaas.xds.protocol.ResourceKey;
import io.directfaas.xds.protocol.ResourceType;
import io.directfaas.xds.protocol.XdsResource;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;

/** Serializes messages so that equal messages have equal bytes, in every process. */
final class Resources {
  private static final String TYPE_PREFIX = "type.googleapis.com/";

  private Resources() {}

  static XdsResource of(ResourceType type, String name, Message message, ResourceKey... warmedBy) {
    Any body = pack(message);
    String version = new Digest().add(type.url()).add(body.getValue().toByteArray()).hex();
    return new XdsResource(type, name, version, body, List.of(warmedBy));
  }

  /** As {@link Any#pack}, but with the entries of maps in order. */
  static Any pack(Message message) {
    return Any.newBuilder()
        .setTypeUrl(TYPE_PREFIX + message.getDescriptorForType().getFullName())
        .setValue(serialize(message))
        .build();
  }

  private static ByteString serialize(MessageLite message) {
    byte[] bytes = new byte[message.getSerializedSize()];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    out.useDeterministicSerialization();
    try {
      message.writeTo(out);
    } catch (IOException e) {
      throw new UncheckedIOException("an array does not fail", e);
    }
    out.checkNoSpaceLeft();
    return ByteString.copyFrom(bytes);
  }
}
