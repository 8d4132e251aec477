package io.directfaas.queue;

import io.directfaas.queue.CallQueue.QueueFullException;
import jakarta.servlet.http.HttpServlet;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes calls from Envoys. Which function is meant says a header that the caller's route sets,
 * after it has checked that the caller may call it; functions cannot reach this socket.
 */
final class AcceptServlet extends HttpServlet {
  private static final long serialVersionUID = 1L;
  private static final Logger log = LoggerFactory.getLogger(AcceptServlet.class);

  static final String CALLEE = "x-directfaas-callee";
  private static final Pattern FUNCTION = Pattern.compile("[a-z0-9-]{1,63}/[a-z0-9-]{1,63}");
  private static final Set<String> NOT_PASSED_ON =
      Set.of(
          "connection",
          "content-length",
          "expect",
          "host",
          "keep-alive",
          "proxy-authenticate",
          "proxy-authorization",
          "proxy-connection",
          "te",
          "trailer",
          "transfer-encoding",
          "upgrade",
          "x-callback-url",
          CALLEE);

  /** What bodies may take of the heap while they wait for the disk. */
  private static final int HEAP_KIB = 24 * 1024;

  private final transient CallQueue queue;
  private final transient CallbackRules callbacks;
  private final transient RetryPolicies functions;
  private final transient WorkerMetrics metrics;
  private final int mostBytes;
  private final transient Semaphore heap = new Semaphore(HEAP_KIB);

  AcceptServlet(
      CallQueue queue,
      CallbackRules callbacks,
      RetryPolicies functions,
      WorkerMetrics metrics,
      int mostBytes) {
    this.queue = queue;
    this.metrics = metrics;
    this.callbacks = callbacks;
    this.functions = functions;
    this.mostBytes = mostBytes;
  }

  @Override
  protected void service(HttpServletRequest request, HttpServletResponse response)
      throws IOException {
    String function = request.getHeader(CALLEE);
    if (function == null || !FUNCTION.matcher(function).matches()) {
      answer(response, 400, CALLEE + ": is missing or no function");
      return;
    }
    if (!request.getMethod().equals("POST")) {
      answer(response, 405, "405 method not allowed");
      return;
    }
    if (request.getContentLengthLong() > mostBytes) {
      answer(response, 413, tooLong());
      return;
    }
    String callback = request.getHeader("X-Callback-Url");
    String problem = callback == null ? "" : callbacks.problem(callback);
    if (!problem.isEmpty()) {
      answer(response, 400, "X-Callback-Url: " + problem);
      return;
    }
    if (functions.closed(function)) {
      answer(
          response,
          403,
          function
              + " is not public (directfaas.io/public), and asynchronous calls come by the public"
              + " way: call it without /async-function, or make it public");
      return;
    }
    try {
      accept(request, response, function);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      answer(response, 503, "the queue is stopping");
    }
  }

  private void accept(HttpServletRequest request, HttpServletResponse response, String function)
      throws IOException, InterruptedException {
    long length = request.getContentLengthLong();
    int kib = (int) ((length < 0 ? mostBytes : length) / 1024) + 1;
    if (!heap.tryAcquire(kib, 5, TimeUnit.SECONDS)) {
      answer(response, 429, "too many calls at once; try again later");
      return;
    }
    try {
      byte[] body = request.getInputStream().readNBytes(mostBytes + 1);
      if (body.length > mostBytes) {
        answer(response, 413, tooLong());
        return;
      }
      queue.put(call(request, function, body));
      metrics.accepted();
      response.setStatus(HttpServletResponse.SC_ACCEPTED);
      response.setContentLength(0);
    } catch (QueueFullException e) {
      answer(response, 429, e.getMessage() + "; try again later");
    } catch (IOException e) {
      log.warn("a call of {} was not accepted", function, e);
      answer(response, 500, "the call could not be queued");
    } finally {
      heap.release(kib);
    }
  }

  private String tooLong() {
    return "body: is longer than " + mostBytes + " bytes, the most an asynchronous call may have";
  }

  private static QueuedCall call(HttpServletRequest request, String function, byte[] body) {
    List<QueuedCall.Header> headers = new ArrayList<>();
    for (String name : Collections.list(request.getHeaderNames())) {
      if (!NOT_PASSED_ON.contains(name.toLowerCase(Locale.ROOT))) {
        for (String value : Collections.list(request.getHeaders(name))) {
          headers.add(new QueuedCall.Header(name, value));
        }
      }
    }
    String query = request.getQueryString();
    return new QueuedCall(
        function,
        request.getRequestURI() + (query == null ? "" : "?" + query),
        headers,
        body,
        request.getHeader("X-Callback-Url"),
        orEmpty(request.getHeader("X-Call-Id")),
        orEmpty(request.getHeader("X-Start-Time")));
  }

  private static String orEmpty(@org.jspecify.annotations.Nullable String text) {
    return text == null ? "" : text;
  }

  private static void answer(HttpServletResponse response, int status, String line)
      throws IOException {
    response.setStatus(status);
    response.setContentType("text/plain;charset=utf-8");
    response.getOutputStream().write((line + "\n").getBytes(StandardCharsets.UTF_8));
  }
}
