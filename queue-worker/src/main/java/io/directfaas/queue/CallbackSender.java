package io.directfaas.queue;

import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.FileEntity;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells the result of a call to whom its caller named. */
final class CallbackSender {
  private static final Logger log = LoggerFactory.getLogger(CallbackSender.class);
  private static final int TRIES = 3;
  private static final Duration PAUSE = Duration.ofSeconds(1);

  /** Ours to set; a function's headers of these names are not passed on. */
  private static final Set<String> OURS =
      Set.of(
          "x-call-id",
          "x-duration-seconds",
          "x-function-status",
          "x-function-name",
          "x-start-time",
          "user-agent",
          "host");

  private final URI ingress;
  private final CloseableHttpClient toFunctions;
  private final CloseableHttpClient outside;

  /**
   * @param toFunctions reaches the ingress
   * @param outside reaches what {@link CallbackRules} allow
   */
  CallbackSender(URI ingress, CloseableHttpClient toFunctions, CloseableHttpClient outside) {
    this.ingress = ingress;
    this.toFunctions = toFunctions;
    this.outside = outside;
  }

  /**
   * Tries a few times; gives up with a line in the log.
   *
   * @return whether it was sent
   */
  boolean send(String callback, QueuedCall call, Outcome outcome) throws InterruptedException {
    for (int attempt = 1; ; attempt++) {
      String problem = post(URI.create(callback), call, outcome);
      if (problem.isEmpty()) {
        return true;
      }
      if (attempt == TRIES) {
        log.warn("the result of call {} could not be sent: {}", call.callId(), problem);
        return false;
      }
      Thread.sleep(PAUSE.multipliedBy(attempt));
    }
  }

  private String post(URI callback, QueuedCall call, Outcome outcome) {
    boolean toFunction = CallbackRules.isGateway(callback);
    URI target =
        toFunction
            ? ingress.resolve(
                callback.getRawPath()
                    + (callback.getRawQuery() == null ? "" : "?" + callback.getRawQuery()))
            : callback;
    HttpPost request = new HttpPost(target);
    for (QueuedCall.Header header : outcome.headers()) {
      if (!OURS.contains(header.name().toLowerCase(Locale.ROOT))) {
        request.addHeader(header.name(), header.value());
      }
    }
    request.setHeader("X-Call-Id", call.callId());
    request.setHeader("X-Start-Time", call.startTime());
    request.setHeader("X-Function-Name", call.token());
    request.setHeader("X-Function-Status", Integer.toString(outcome.status()));
    request.setHeader("X-Duration-Seconds", String.format(Locale.ROOT, "%.6f", outcome.seconds()));
    request.setHeader("User-Agent", "directfaas-queue-worker");
    if (outcome.body() != null) {
      request.setEntity(new FileEntity(outcome.body().toFile(), null));
    }
    try {
      return (toFunction ? toFunctions : outside)
          .execute(
              request,
              response -> {
                EntityUtils.consume(response.getEntity());
                // Anything below 500 is the receiver's last word.
                return response.getCode() < 500 ? "" : "status " + response.getCode();
              });
    } catch (IOException e) {
      return e.toString();
    }
  }
}
