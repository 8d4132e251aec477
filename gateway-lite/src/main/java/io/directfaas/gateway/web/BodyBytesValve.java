package io.directfaas.gateway.web;

import jakarta.servlet.ServletException;
import jakarta.servlet.ServletInputStream;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;

/** Counts the bodies of every request of every connector, those nobody read included. */
final class BodyBytesValve extends ValveBase {
  /** What a request may send without being read; Tomcat closes the connection of more. */
  static final int MAX_UNREAD = 64 * 1024;

  private final BodyBytes counters;

  BodyBytesValve(BodyBytes counters) {
    super(true);
    this.counters = counters;
  }

  @Override
  public void invoke(Request request, Response response) throws IOException, ServletException {
    try {
      getNext().invoke(request, response);
    } finally {
      drain(request);
      counters.add(request.getCoyoteRequest().getBytesRead(), response.getContentWritten());
    }
  }

  /** Tomcat would read the rest itself, past the counter. */
  private static void drain(Request request) {
    try {
      ServletInputStream body = request.getInputStream();
      byte[] buffer = new byte[8192];
      int read = 0;
      for (int unread = 0; unread < MAX_UNREAD && read >= 0; unread += Math.max(read, 0)) {
        read = body.read(buffer);
      }
    } catch (IOException | IllegalStateException e) {
      // a client that broke off; what it did send is counted
    }
  }
}
