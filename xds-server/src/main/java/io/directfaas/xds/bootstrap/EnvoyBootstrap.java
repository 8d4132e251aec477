package io.directfaas.xds.bootstrap;

import io.directfaas.graph.FunctionRef;
import io.directfaas.graph.load.EndedCalls;
import java.nio.file.Path;
import java.util.List;
import java.util.UUID;
import java.util.stream.Collectors;

/**
 * The file an Envoy starts from: who it is, where its control plane is, and as little else as
 * possible.
 *
 * @param nodeId the replica's id
 * @param function whose replica it is; the node's cluster
 * @param xdsSocket the unix socket of its control plane
 * @param adminSocket the unix socket it makes for its admin interface, open to its own user only
 * @param protocol which variant of xDS it speaks
 */
public record EnvoyBootstrap(
    String nodeId, FunctionRef function, Path xdsSocket, Path adminSocket, Protocol protocol) {
  /** The variants of ADS over gRPC; the constants' names are Envoy's. */
  public enum Protocol {
    DELTA_GRPC,
    GRPC
  }

  /** With the incremental variant, which sends what changed only. */
  public static EnvoyBootstrap of(
      String nodeId, FunctionRef function, Path xdsSocket, Path adminSocket) {
    return new EnvoyBootstrap(nodeId, function, xdsSocket, adminSocket, Protocol.DELTA_GRPC);
  }

  /**
   * As JSON, for {@code envoy -c}, for one start of it: each is to have a file of its own, because
   * counts are told apart by the life in which they began. Holds no secret.
   */
  public String json() {
    // A statistic that is not kept costs nothing; the ones kept are what status, metrics and load
    // figures need. Retries wait a second at most: changes arrive soon after the control plane is
    // back, and the socket is local.
    return """
    {
      "node": {"id": %1$s, "cluster": %2$s},
      "admin": {"address": {"pipe": {"path": %4$s, "mode": 384}}},
      "dynamic_resources": {
        "ads_config": {
          "api_type": "%5$s",
          "transport_api_version": "V3",
          "set_node_on_first_message_only": true,
          "grpc_services": [
            {
              "envoy_grpc": {
                "cluster_name": "xds",
                "retry_policy": {
                  "retry_back_off": {"base_interval": "0.1s", "max_interval": "1s"}
                }
              }
            }
          ]
        },
        "cds_config": {"ads": {}, "resource_api_version": "V3"},
        "lds_config": {"ads": {}, "resource_api_version": "V3"}
      },
      "cluster_manager": {
        "load_stats_config": {
          "api_type": "GRPC",
          "transport_api_version": "V3",
          "grpc_services": [{"envoy_grpc": {"cluster_name": "xds"}}]
        }
      },
      "stats_flush_interval": "2s",
      "stats_sinks": [
        {
          "name": "envoy.stat_sinks.open_telemetry",
          "typed_config": {
            "@type": "type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig",
            "grpc_service": {"envoy_grpc": {"cluster_name": "xds"}, "timeout": "5s"},
            "resource_detectors": [
              {
                "name": "envoy.tracers.opentelemetry.resource_detectors.static_config",
                "typed_config": {
                  "@type": "type.googleapis.com/envoy.extensions.tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig",
                  "attributes": {"service.instance.id": "%6$s"}
                }
              }
            ],
            "custom_metric_conversions": {
              "matcher_list": {
                "matchers": [
                  {
                    "predicate": {
                      "not_matcher": {
                        "single_predicate": {
                          "input": {
                            "name": "stat_full_name_match_input",
                            "typed_config": {
                              "@type": "type.googleapis.com/envoy.extensions.matching.common_inputs.stats.v3.StatFullNameMatchInput"
                            }
                          },
                          "value_match": {"prefix": "directfaas."}
                        }
                      }
                    },
                    "on_match": {
                      "action": {
                        "name": "drop",
                        "typed_config": {
                          "@type": "type.googleapis.com/envoy.extensions.stat_sinks.open_telemetry.v3.SinkConfig.DropAction"
                        }
                      }
                    }
                  }
                ]
              }
            }
          }
        }
      ],
      "static_resources": {
        "clusters": [
          {
            "name": "xds",
            "type": "STATIC",
            "connect_timeout": "1s",
            "load_assignment": {
              "cluster_name": "xds",
              "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": %3$s}}}}]}
              ]
            },
            "typed_extension_protocol_options": {
              "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
                "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
                "explicit_http_config": {"http2_protocol_options": {}}
              }
            }
          }
        ]
      },
      "stats_config": {
        "histogram_bucket_settings": [
          {"match": {"prefix": "directfaas."}, "buckets": [%7$s]}
        ],
        "stats_matcher": {
          "inclusion_list": {
            "patterns": [
              {"safe_regex": {"regex": "cluster\\\\.(fn/|gateway-lite).*\\\\.(upstream_(cx_(total|active|connect_fail|tx_bytes_total|rx_bytes_total)|rq_(total|active|completed|[0-9]xx|[0-9]+|timeout|retry|pending_failure_eject))|membership_(total|healthy))"}},
              {"safe_regex": {"regex": "http\\\\.(outbound|ingress)\\\\.(downstream_(cx_(total|active)|rq_(total|active|[0-9]xx))|no_route|rds\\\\..*\\\\.update_(success|rejected))"}},
              {"safe_regex": {"regex": "(cluster_manager\\\\.cds|listener_manager\\\\.lds)\\\\.update_(success|rejected)"}},
              {"safe_regex": {"regex": "http\\\\.inbound\\\\.(rbac\\\\.(allowed|denied)|downstream_(cx_(total|active)|rq_(total|active|[0-9]xx)))"}},
              {"prefix": "directfaas."},
              {"exact": "cluster_manager.warming_clusters"},
              {"exact": "listener_manager.total_listeners_active"},
              {"exact": "control_plane.connected_state"},
              {"prefix": "server.state"},
              {"exact": "server.live"}
            ]
          }
        }
      },
      "overload_manager": {
        "resource_monitors": [
          {
            "name": "envoy.resource_monitors.global_downstream_max_connections",
            "typed_config": {
              "@type": "type.googleapis.com/envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig",
              "max_active_downstream_connections": 20000
            }
          }
        ]
      }
    }
    """
        .formatted(
            quote(nodeId),
            quote(function.toString()),
            quote(xdsSocket.toString()),
            quote(adminSocket.toString()),
            protocol,
            UUID.randomUUID(),
            microseconds(EndedCalls.BOUNDS));
  }

  private static String microseconds(List<Double> seconds) {
    return seconds.stream()
        .map(bound -> Long.toString(Math.round(bound * 1_000_000)))
        .collect(Collectors.joining(", "));
  }

  /** A JSON string, RFC 8259 section 7. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder("\"");
    text.chars()
        .forEach(
            c -> {
              if (c == '"' || c == '\\') {
                quoted.append('\\').append((char) c);
              } else if (c < 0x20) {
                quoted.append(String.format("\\u%04x", c));
              } else {
                quoted.append((char) c);
              }
            });
    return quoted.append('"').toString();
  }
}
