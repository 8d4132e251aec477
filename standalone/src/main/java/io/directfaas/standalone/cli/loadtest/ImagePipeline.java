package io.directfaas.standalone.cli.loadtest;

import io.directfaas.graph.FunctionRef;
import io.directfaas.standalone.cli.deploy.StackFile;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The sample application {@code samples/image}, once for each way to call: it knows one gateway and
 * the name of the next function, from its environment. All that ends the pipeline is the same.
 */
final class ImagePipeline {
  /** In the driver's folder. */
  static final String PICTURE = "picture.jpg";

  static final String THUMBNAIL = "thumbnail";

  private ImagePipeline() {}

  static String extract(Way way) {
    return "extract-" + way.id();
  }

  private static String transform(Way way) {
    return "transform-" + way.id();
  }

  /** Whether the sample can be told to call that way: no address is known to it beforehand. */
  static boolean canGo(Way way) {
    return way != Way.DIRECT && way != Way.BASELINE;
  }

  /** Those that a central proxy has to know. */
  static List<String> names(Way way) {
    return List.of(extract(way), transform(way), THUMBNAIL);
  }

  /**
   * @param proxy the function that all calls go through, or empty where there is none
   * @param handlers the sample's code
   */
  static List<StackFile.Entry> functions(String tenant, Way way, String proxy, Path handlers) {
    return List.of(
        function(tenant, extract(way), "extract", way, transform(way), proxy, handlers),
        function(tenant, transform(way), "transform", way, THUMBNAIL, proxy, handlers),
        function(tenant, THUMBNAIL, THUMBNAIL, way, "", "", handlers));
  }

  private static StackFile.Entry function(
      String tenant,
      String name,
      String program,
      Way way,
      String next,
      String proxy,
      Path handlers) {
    String callee = proxy.isEmpty() ? next : proxy;
    return new StackFile.Entry(
        new FunctionRef(tenant, name),
        "local/http",
        handlers,
        "/usr/bin/python3 " + program + ".py",
        next.isEmpty() ? Map.of() : Map.of("next_function", next, "GATEWAY_URL", base(way, callee)),
        Map.of("com.openfaas.scale.min", "1", "com.openfaas.scale.max", "1"),
        callee.isEmpty() ? Map.of() : Map.of("directfaas.io/calls", callee),
        null,
        null,
        null,
        null,
        false);
  }

  /** The sample takes its picture at any path. */
  private static String base(Way way, String callee) {
    return switch (way) {
      case GATEWAY, MTLS -> "http://gateway:8080";
      case NAME, NGINX, NGINX_TWICE -> "http://" + callee + ":8080";
      case DIRECT, BASELINE -> throw new IllegalArgumentException(way + " is no way for it");
    };
  }
}
