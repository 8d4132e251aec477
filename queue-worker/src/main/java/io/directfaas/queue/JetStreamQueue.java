package io.directfaas.queue;

import io.nats.client.Connection;
import io.nats.client.JetStream;
import io.nats.client.JetStreamApiException;
import io.nats.client.JetStreamManagement;
import io.nats.client.JetStreamSubscription;
import io.nats.client.Message;
import io.nats.client.Nats;
import io.nats.client.Options;
import io.nats.client.PullSubscribeOptions;
import io.nats.client.api.AckPolicy;
import io.nats.client.api.ConsumerConfiguration;
import io.nats.client.api.DiscardPolicy;
import io.nats.client.api.RetentionPolicy;
import io.nats.client.api.StorageType;
import io.nats.client.api.StreamConfiguration;
import io.nats.client.api.StreamInfoOptions;
import io.nats.client.impl.Headers;
import io.nats.client.impl.NatsMessage;
import java.io.IOException;
import java.time.Duration;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.type.TypeReference;
import tools.jackson.databind.json.JsonMapper;

/**
 * Calls in a stream of NATS JetStream, for those who run one. Several workers share them. JetStream
 * counts deliveries, not tries, so that a delivery which could not reach its function counts, too.
 */
final class JetStreamQueue implements CallQueue {
  private static final String STREAM = "directfaas-calls";
  private static final String SUBJECT = "directfaas.calls.";
  private static final String ENVELOPE = "envelope";
  private static final int ROOM_FOR_HEADERS = 64 * 1024;
  private static final String CONSUMER = "queue-worker";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /** JetStreamApiException: the stream has as much as it may, and refuses what is new. */
  private static final int MOST_MESSAGES = 10077;

  private static final int MOST_BYTES = 10047;

  private record Envelope(
      String function,
      String path,
      List<QueuedCall.Header> headers,
      @Nullable String callback,
      String callId,
      String startTime) {}

  private final Connection connection;
  private final JetStream stream;
  private final JetStreamManagement management;
  private final JetStreamSubscription subscription;
  private final ReentrantLock fetching = new ReentrantLock();

  private JetStreamQueue(Connection connection, Bounds bounds)
      throws IOException, JetStreamApiException {
    this.connection = connection;
    this.management = connection.jetStreamManagement();
    StreamConfiguration configuration =
        StreamConfiguration.builder()
            .name(STREAM)
            .subjects(SUBJECT + ">")
            .storageType(StorageType.File)
            .retentionPolicy(RetentionPolicy.WorkQueue)
            .discardPolicy(DiscardPolicy.New)
            .maxMessages(bounds.calls())
            .maxBytes(bounds.bytes())
            .build();
    if (management.getStreamNames().contains(STREAM)) {
      management.updateStream(configuration);
    } else {
      management.addStream(configuration);
    }
    this.stream = connection.jetStream();
    this.subscription =
        stream.subscribe(
            SUBJECT + ">",
            PullSubscribeOptions.builder()
                .durable(CONSUMER)
                .configuration(
                    ConsumerConfiguration.builder()
                        .ackPolicy(AckPolicy.Explicit)
                        .ackWait(Duration.ofSeconds(30))
                        .maxDeliver(-1)
                        .maxAckPending(10_000)
                        .build())
                .build());
  }

  static JetStreamQueue connect(String url, Bounds bounds)
      throws IOException, InterruptedException {
    Connection connection = Nats.connect(Options.builder().server(url).maxReconnects(-1).build());
    try {
      return new JetStreamQueue(connection, bounds);
    } catch (JetStreamApiException e) {
      connection.close();
      throw new IOException("the stream " + STREAM + " cannot be used: " + e.getMessage(), e);
    }
  }

  @Override
  public void put(QueuedCall call) throws IOException, QueueFullException {
    Envelope envelope =
        new Envelope(
            call.function(),
            call.path(),
            call.headers(),
            call.callback(),
            call.callId(),
            call.startTime());
    Message message =
        NatsMessage.builder()
            .subject(SUBJECT + call.function().replace('/', '.'))
            .headers(new Headers().add(ENVELOPE, encoded(envelope)))
            .data(call.body())
            .build();
    try {
      stream.publish(message);
    } catch (JetStreamApiException e) {
      if (e.getApiErrorCode() == MOST_MESSAGES
          || e.getApiErrorCode() == MOST_BYTES
          || String.valueOf(e.getMessage()).contains("maximum")) {
        throw new QueueFullException("the queue is full");
      }
      throw new IOException(e.getMessage(), e);
    } catch (IllegalArgumentException e) {
      throw new IOException("its headers are too long for NATS", e);
    }
  }

  @Override
  public Taken take() throws IOException, InterruptedException {
    while (true) {
      Message message = null;
      fetching.lockInterruptibly();
      try {
        List<Message> fetched = subscription.fetch(1, Duration.ofSeconds(1));
        message = fetched.isEmpty() ? null : fetched.getFirst();
      } catch (IllegalStateException e) {
        throw new IOException("NATS does not answer", e);
      } finally {
        fetching.unlock();
      }
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      if (message != null) {
        return new Delivered(message, read(message));
      }
    }
  }

  /** NATS headers hold ASCII only. */
  private static String encoded(Envelope envelope) {
    return Base64.getEncoder().encodeToString(JSON.writeValueAsBytes(envelope));
  }

  /** The server bounds a message with its headers. */
  @Override
  public int mostBody(int configured) {
    return (int) Math.min(configured, Math.max(0, connection.getMaxPayload() - ROOM_FOR_HEADERS));
  }

  private static QueuedCall read(Message message) {
    Envelope envelope =
        JSON.readValue(
            Base64.getDecoder().decode(message.getHeaders().getFirst(ENVELOPE)),
            new TypeReference<Envelope>() {});
    return new QueuedCall(
        envelope.function(),
        envelope.path(),
        envelope.headers(),
        message.getData(),
        envelope.callback(),
        envelope.callId(),
        envelope.startTime());
  }

  @Override
  public Map<String, Long> depths() {
    Map<String, Long> depths = new TreeMap<>();
    try {
      management
          .getStreamInfo(STREAM, StreamInfoOptions.allSubjects())
          .getStreamState()
          .getSubjects()
          .forEach(
              subject ->
                  depths.put(
                      subject.getName().substring(SUBJECT.length()).replace('.', '/'),
                      subject.getCount()));
      return depths;
    } catch (IOException | JetStreamApiException e) {
      throw new IllegalStateException("NATS does not say what waits", e);
    }
  }

  @Override
  public void close() {
    try {
      connection.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private record Delivered(Message message, QueuedCall call) implements Taken {
    @Override
    public int attempts() {
      return (int) message.metaData().deliveredCount() - 1;
    }

    @Override
    public long acceptedAt() {
      return message.metaData().timestamp().toInstant().toEpochMilli();
    }

    @Override
    public void renew() {
      message.inProgress();
    }

    @Override
    public void done() {
      message.ack();
    }

    @Override
    public void again(Duration delay, boolean tried) {
      message.nakWithDelay(delay);
    }
  }
}
