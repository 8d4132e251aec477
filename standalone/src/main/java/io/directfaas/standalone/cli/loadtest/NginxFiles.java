package io.directfaas.standalone.cli.loadtest;

import java.util.Map;

/**
 * Configuration of the central proxies that are compared with: nginx as a gateway in front of all
 * functions, tuned for it. Connections to functions are kept, nothing is logged, nothing is
 * buffered to disk, and bodies pass as they come.
 */
final class NginxFiles {
  private static final String FRAME =
      """
      daemon off;
      worker_processes %d;
      pid /tmp/nginx.pid;
      error_log stderr crit;
      events { worker_connections 4096; }
      http {
        access_log off;
        client_body_temp_path /tmp/body;
        proxy_temp_path /tmp/proxy;
        fastcgi_temp_path /tmp/fastcgi;
        uwsgi_temp_path /tmp/uwsgi;
        scgi_temp_path /tmp/scgi;
        sendfile on;
        tcp_nodelay on;
        keepalive_requests 1000000000;
        keepalive_timeout 600s;
        client_max_body_size 0;
        client_body_buffer_size 128k;
        proxy_http_version 1.1;
        proxy_set_header Connection "";
        proxy_request_buffering off;
        proxy_buffering on;
        proxy_buffers 16 64k;
        proxy_buffer_size 64k;
        proxy_busy_buffers_size 128k;
        proxy_max_temp_file_size 0;
        proxy_read_timeout 60s;
      %s  server {
          listen 8080 backlog=4096 reuseport;
      %s  }
      }
      """;
  private static final String UPSTREAM =
      """
        upstream %1$s {
          server %2$s;
          keepalive 256;
          keepalive_requests 1000000000;
          keepalive_timeout 600s;
        }
      """;

  private NginxFiles() {}

  /**
   * A gateway that knows where each function is.
   *
   * @param functions address and port by function name
   */
  static String gateway(int workers, Map<String, String> functions) {
    StringBuilder upstreams = new StringBuilder();
    StringBuilder locations = new StringBuilder();
    functions.forEach(
        (name, address) -> {
          upstreams.append(UPSTREAM.formatted(name, address));
          locations.append(
              "    location = /function/%1$s { proxy_pass http://%1$s/; }\n".formatted(name));
        });
    return FRAME.formatted(workers, upstreams, locations);
  }

  /** A gateway that leaves it to another one to know. */
  static String front(int workers, String provider) {
    return FRAME.formatted(
        workers,
        UPSTREAM.formatted("provider", provider),
        "    location /function/ { proxy_pass http://provider; }\n");
  }
}
