package io.directfaas.xds.stream;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import java.util.ArrayList;
import java.util.List;
import udpa.annotations.Sensitive;

/** Takes out of secrets what nobody but their owner may see: what Envoy's API marks sensitive. */
public final class Redaction {
  private static final String REDACTED = "[redacted]";

  private Redaction() {}

  /** The same, without private bytes; anything but a secret is returned as it is. */
  public static Any of(Any body) {
    if (!body.is(Secret.class)) {
      return body;
    }
    try {
      return Any.newBuilder()
          .setTypeUrl(body.getTypeUrl())
          .setValue(redacted(body.unpack(Secret.class)).toByteString())
          .build();
    } catch (InvalidProtocolBufferException e) {
      return Any.newBuilder().setTypeUrl(body.getTypeUrl()).build();
    }
  }

  private static Message redacted(Message message) {
    Message.Builder builder = message.toBuilder();
    message
        .getAllFields()
        .forEach(
            (field, value) -> {
              boolean sensitive = field.getOptions().getExtension(Sensitive.sensitive);
              if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
                if (sensitive) {
                  builder.clearField(field);
                }
              } else if (field.isMapField()) {
                builder.clearField(field);
              } else if (field.isRepeated()) {
                List<Message> all = new ArrayList<>();
                ((List<?>) value).forEach(each -> all.add(member((Message) each, sensitive)));
                builder.setField(field, all);
              } else {
                builder.setField(field, member((Message) value, sensitive));
              }
            });
    return builder.build();
  }

  private static Message member(Message message, boolean sensitive) {
    return sensitive ? wiped(message) : redacted(message);
  }

  /** Of a sensitive message no byte stays, only the note that there were some. */
  private static Message wiped(Message message) {
    Message.Builder empty =
        message instanceof DynamicMessage
            ? DynamicMessage.newBuilder(message.getDescriptorForType())
            : message.newBuilderForType();
    FieldDescriptor text = message.getDescriptorForType().findFieldByName("inline_string");
    FieldDescriptor bytes = message.getDescriptorForType().findFieldByName("inline_bytes");
    if (text != null) {
      empty.setField(text, REDACTED);
    } else if (bytes != null) {
      empty.setField(bytes, ByteString.copyFromUtf8(REDACTED));
    }
    return empty.build();
  }
}
