package io.directfaas.sdn.testing;

import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.MappingIterator;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** What {@code ovs-appctl} speaks, without a process per command. */
final class Unixctl implements AutoCloseable {
  private static final JsonMapper JSON = JsonMapper.builder().build();

  private final SocketChannel channel;
  private @Nullable MappingIterator<JsonNode> answers;
  private int id;

  Unixctl(Path socket) throws IOException {
    channel = SocketChannel.open(UnixDomainSocketAddress.of(socket));
  }

  String call(String method, String... params) throws IOException {
    ObjectNode request = JSON.createObjectNode();
    request.put("method", method);
    ArrayNode array = request.putArray("params");
    for (String param : params) {
      array.add(param);
    }
    request.put("id", ++id);
    ByteBuffer bytes =
        ByteBuffer.wrap(JSON.writeValueAsString(request).getBytes(StandardCharsets.UTF_8));
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
    if (answers == null) {
      // Only now, because a new parser waits for the first bytes to tell their encoding.
      answers = JSON.readerFor(JsonNode.class).readValues(Channels.newInputStream(channel));
    }
    JsonNode answer = answers.nextValue();
    if (!answer.path("error").isNull()) {
      throw new IOException(method + ": " + answer.path("error").asString(""));
    }
    return answer.path("result").asString("");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
