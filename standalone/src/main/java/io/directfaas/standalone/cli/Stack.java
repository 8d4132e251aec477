package io.directfaas.standalone.cli;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.client.Gateway;
import io.directfaas.standalone.cli.client.HttpCaller;
import io.directfaas.standalone.config.Layout;
import io.directfaas.standalone.config.StackConfig;
import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * One stack on this machine, and how to speak to it.
 *
 * @param config its settings
 */
public record Stack(StackConfig config) {

  public Layout layout() {
    return config.layout();
  }

  public Path codeDir() {
    return config.stateDir().resolve("code");
  }

  /** The log of the stack's own process. */
  public Path log() {
    return config.stateDir().resolve("log").resolve("stack.log");
  }

  /** Where outside callers call functions. */
  public URI ingress() {
    return loopback(config.ports().ingress());
  }

  /**
   * @throws CommandFailed if the stack has no credentials yet, or this user may not read them
   */
  public Gateway gateway() {
    return new Gateway(
        new HttpCaller("gateway-lite", loopback(config.ports().gatewayRest()), basicAuth()));
  }

  public HttpCaller gatewayMetrics() {
    return new HttpCaller(
        "gateway-lite's metrics port", loopback(config.ports().gatewayMetrics()), null);
  }

  public HttpCaller xds() {
    return new HttpCaller("xds-server", loopback(config.ports().xdsHttp()), null);
  }

  /**
   * xds-server as it hands out credentials.
   *
   * @throws CommandFailed if the stack has no credentials yet, or this user may not read them
   */
  public HttpCaller bootstraps() {
    return new HttpCaller("xds-server", loopback(config.ports().xdsHttp()), basicAuth());
  }

  /** Where the files of a function's xDS clients go unless told otherwise. */
  public Path clientDir(FunctionRef function) {
    return config
        .stateDir()
        .resolve("clients")
        .resolve(function.namespace())
        .resolve(function.name());
  }

  public HttpCaller sdn() {
    return new HttpCaller("sdn-adapter", loopback(config.ports().sdnHttp()), null);
  }

  public HttpCaller queue() {
    return new HttpCaller("the queue worker", loopback(config.ports().queueHttp()), null);
  }

  public HttpCaller functions() {
    return new HttpCaller("the ingress", ingress(), null);
  }

  private static URI loopback(int port) {
    return URI.create("http://127.0.0.1:" + port);
  }

  private String basicAuth() {
    String credentials = secret("basic-auth-user") + ":" + secret("basic-auth-password");
    return "Basic "
        + Base64.getEncoder().encodeToString(credentials.getBytes(StandardCharsets.UTF_8));
  }

  private String secret(String name) {
    Path file = layout().secretsDir().resolve(name);
    try {
      return Files.readString(file).strip();
    } catch (IOException e) {
      throw new CommandFailed(
          Files.exists(layout().secretsDir())
              ? "the credentials in " + layout().secretsDir() + " cannot be read; this needs root"
              : "the stack has never been up here; ./directfaas up starts it",
          e);
    }
  }
}
