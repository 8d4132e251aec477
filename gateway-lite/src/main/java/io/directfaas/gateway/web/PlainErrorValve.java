package io.directfaas.gateway.web;

import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.apache.catalina.connector.Request;
import org.apache.catalina.connector.Response;
import org.apache.catalina.valves.ErrorReportValve;
import org.jspecify.annotations.Nullable;

/** What Tomcat itself refuses, such as a malformed path, is refused in plain text, too. */
public final class PlainErrorValve extends ErrorReportValve {
  // Made by Tomcat, by name, hence public with a constructor without arguments.
  public PlainErrorValve() {
    setShowReport(false);
    setShowServerInfo(false);
  }

  @Override
  protected void report(Request request, Response response, @Nullable Throwable throwable) {
    int status = response.getStatus();
    if (status < HttpServletResponse.SC_BAD_REQUEST
        || response.getContentWritten() > 0
        || !response.setErrorReported()) {
      return;
    }
    try {
      PlainText.send(
          response,
          status,
          switch (status) {
            case HttpServletResponse.SC_BAD_REQUEST -> "request: is not valid HTTP";
            case HttpServletResponse.SC_NOT_FOUND -> PlainText.NOT_FOUND;
            case HttpServletResponse.SC_METHOD_NOT_ALLOWED -> "405 method not allowed";
            default -> "request: refused with status " + status;
          });
      response.finishResponse();
    } catch (IOException | IllegalStateException e) {
      // the client is gone or has its answer already
      container.getLogger().debug("no error report", e);
    }
  }
}
