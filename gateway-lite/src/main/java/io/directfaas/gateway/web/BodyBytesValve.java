package io.directfaas.gateway.web;

import jakarta.servlet.ServletException;
import java.io.IOException;
import java.nio.ByteBuffer;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ValveBase;
import org.apache.tomcat.util.net.ApplicationBufferHandler;

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

  /**
   * Tomcat would read the rest itself, past the counter. Asks the protocol, because the servlet's
   * stream may be closed by now.
   */
  private static void drain(Request request) {
    try {
      Sink sink = new Sink();
      int read = 0;
      for (int unread = 0; unread < MAX_UNREAD && read >= 0; unread += Math.max(read, 0)) {
        read = request.getCoyoteRequest().doRead(sink);
      }
    } catch (IOException e) {
      // a client that broke off; what it did send is counted
    }
  }

  /** Takes what is read and forgets it. */
  private static final class Sink implements ApplicationBufferHandler {
    private ByteBuffer buffer = ByteBuffer.allocate(0);

    @Override
    public void setByteBuffer(ByteBuffer newBuffer) {
      buffer = newBuffer;
    }

    @Override
    public ByteBuffer getByteBuffer() {
      return buffer;
    }

    @Override
    public void expand(int size) {
      // only asked of buffers that collect
    }
  }
}
