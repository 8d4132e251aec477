package io.directfaas.gateway.web;

import jakarta.servlet.FilterChain;
import jakarta.servlet.ServletException;
import jakarta.servlet.http.HttpFilter;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** Lets nobody without the credentials at {@code /system} and {@code /ui}. */
public final class AccessFilter extends HttpFilter {
  private static final long serialVersionUID = 1L;

  private final transient BasicCredentials credentials;

  private final boolean required;

  /**
   * @param required false lets everybody in, for those who guard the address themselves
   */
  public AccessFilter(BasicCredentials credentials, boolean required) {
    this.credentials = credentials;
    this.required = required;
  }

  @Override
  protected void doFilter(
      HttpServletRequest request, HttpServletResponse response, FilterChain chain)
      throws IOException, ServletException {
    String path = request.getServletPath() + orEmpty(request.getPathInfo());
    // No path of ours needs escapes, parameters, dots or empty segments. Where the container's
    // reading differs from what was sent, the router's could as well, and a check made on one would
    // not hold for the other.
    if (!path.equals(request.getRequestURI()) || path.contains("//")) {
      PlainText.send(response, HttpServletResponse.SC_NOT_FOUND, PlainText.NOT_FOUND);
    } else if (required
        && isProtected(path)
        && !credentials.match(request.getHeader("Authorization"))) {
      response.setHeader("WWW-Authenticate", "Basic realm=\"Restricted\"");
      PlainText.send(response, HttpServletResponse.SC_UNAUTHORIZED, "invalid credentials");
    } else {
      chain.doFilter(request, response);
    }
  }

  private static boolean isProtected(String path) {
    return path.equals("/system")
        || path.startsWith("/system/")
        || path.equals("/ui")
        || path.startsWith("/ui/");
  }

  private static String orEmpty(@Nullable String text) {
    return text == null ? "" : text;
  }
}
