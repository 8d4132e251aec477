package io.directfaas.standalone.cli.loadtest;

import java.util.List;
import java.util.Optional;

/** A way for one function to call the next. */
enum Way {
  DIRECT("direct", "no proxy", "the callee's address, known beforehand: the limit"),
  NAME("name", "callee name", "http://b:8080/, resolved to the callee's replica"),
  GATEWAY("gateway", "gateway address", "http://gateway:8080/function/b, answered by the sidecar"),
  MTLS("mtls", "mTLS", "gateway address, caller's sidecar to callee's sidecar"),
  NGINX("nginx", "central nginx", "one nginx, tuned, through which every call goes"),
  NGINX_TWICE("nginx-twice", "nginx behind nginx", "gateway and provider, as OpenFaaS has them"),
  BASELINE("baseline", "given gateway", "the gateway at --baseline-url");

  private final String id;
  private final String title;
  private final String explanation;

  Way(String id, String title, String explanation) {
    this.id = id;
    this.title = title;
    this.explanation = explanation;
  }

  String id() {
    return id;
  }

  String title() {
    return title;
  }

  String explanation() {
    return explanation;
  }

  /** The tenant whose functions are called this way. */
  String tenant() {
    return this == MTLS ? Testbed.MTLS_TENANT : Testbed.TENANT;
  }

  static Optional<Way> of(String id) {
    return List.of(values()).stream().filter(way -> way.id.equals(id)).findFirst();
  }
}
