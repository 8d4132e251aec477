package io.directfaas.xds.envoy;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** Talks to {@link WebSocketFunction}. */
public final class WebSocketClient {
  private static final long PATIENCE_SECONDS = 60;

  private WebSocketClient() {}

  /**
   * Says each text over one connection and expects it back.
   *
   * @param address http, not ws
   * @param pause after each answer
   */
  public static void assertEchoes(HttpClient http, URI address, List<String> texts, Duration pause)
      throws Exception {
    BlockingQueue<String> received = new LinkedBlockingQueue<>();
    WebSocket socket =
        http.newWebSocketBuilder()
            .buildAsync(
                URI.create(address.toString().replace("http:", "ws:")),
                new WebSocket.Listener() {
                  @Override
                  public CompletionStage<?> onText(
                      WebSocket webSocket, CharSequence data, boolean last) {
                    received.add(data.toString());
                    return WebSocket.Listener.super.onText(webSocket, data, last);
                  }
                })
            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    for (String text : texts) {
      socket.sendText(text, true).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
      assertThat(received.poll(PATIENCE_SECONDS, TimeUnit.SECONDS)).isEqualTo(text);
      Thread.sleep(pause);
    }
    socket.abort();
  }
}
