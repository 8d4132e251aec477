package io.directfaas.queue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.core5.http.ClassicHttpResponse;
import org.apache.hc.core5.http.Header;
import org.apache.hc.core5.http.io.entity.ByteArrayEntity;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Makes a call, through the ingress like any caller. */
final class FunctionCaller {
  private static final Logger log = LoggerFactory.getLogger(FunctionCaller.class);

  /** Says that an answer is of what stands before the function, which has not seen the call. */
  private static final String INTERNAL = "X-OpenFaaS-Internal";

  private static final Set<String> HOP_BY_HOP =
      Set.of(
          "connection", "content-length", "keep-alive", "trailer", "transfer-encoding", "upgrade");

  /** What of a result is kept for the callback; the rest is read and dropped. */
  private static final long MOST_RESULT = 64L << 20;

  private final URI ingress;
  private final CloseableHttpClient client;
  private final Path spool;

  FunctionCaller(URI ingress, CloseableHttpClient client, Path spool) {
    this.ingress = ingress;
    this.client = client;
    this.spool = spool;
  }

  Outcome call(QueuedCall call) {
    long begun = System.nanoTime();
    HttpPost request = new HttpPost(ingress.resolve("/function/" + call.token() + call.path()));
    for (QueuedCall.Header header : call.headers()) {
      request.addHeader(header.name(), header.value());
    }
    // The content type stands among the headers.
    request.setEntity(new ByteArrayEntity(call.body(), null));
    try {
      return client.execute(request, response -> read(response, call.callback() != null, begun));
    } catch (IOException e) {
      log.debug("call {} of {}", call.callId(), call.function(), e);
      boolean connected = !(e instanceof java.net.ConnectException);
      return new Outcome(503, connected, List.of(), null, secondsSince(begun));
    }
  }

  private Outcome read(ClassicHttpResponse response, boolean keep, long begun) throws IOException {
    int status = response.getCode();
    boolean internal = response.containsHeader(INTERNAL);
    List<QueuedCall.Header> headers = new ArrayList<>();
    for (Header header : response.getHeaders()) {
      if (!HOP_BY_HOP.contains(header.getName().toLowerCase(Locale.ROOT))) {
        headers.add(new QueuedCall.Header(header.getName(), header.getValue()));
      }
    }
    Path body = null;
    if (response.getEntity() != null) {
      try (InputStream input = response.getEntity().getContent()) {
        body = keep ? spooled(input) : null;
        drain(input);
      } catch (IOException e) {
        delete(body);
        throw e;
      }
    }
    return new Outcome(status, !internal, headers, body, secondsSince(begun));
  }

  private Path spooled(InputStream input) throws IOException {
    Path file = Files.createTempFile(spool, "result", null);
    try (OutputStream output = Files.newOutputStream(file)) {
      byte[] buffer = new byte[16 * 1024];
      long kept = 0;
      for (int read = input.read(buffer); read >= 0; read = input.read(buffer)) {
        kept += read;
        if (kept > MOST_RESULT) {
          break;
        }
        output.write(buffer, 0, read);
      }
      return file;
    } catch (IOException e) {
      delete(file);
      throw e;
    }
  }

  private static void drain(InputStream input) throws IOException {
    byte[] buffer = new byte[16 * 1024];
    while (input.read(buffer) >= 0) {
      // the call is over when its answer is
    }
  }

  static void delete(@Nullable Path file) {
    if (file != null) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        log.debug("a result is left behind", e);
      }
    }
  }

  private static double secondsSince(long begun) {
    return (System.nanoTime() - begun) / 1e9;
  }
}
