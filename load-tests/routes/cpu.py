#!/usr/bin/env python3
"""load-tests/routes/cpu.py [ROUNDS] [ENVOY]: what settings of calls cost an Envoy in CPU time per call, see docs/routes.md.

One Envoy per variant, called in turns over one connection each with POST and 1 KiB answers. What is measured is the
CPU time of the Envoy's process, so that other load on the machine changes the figures little; read their differences.
"""
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time

ROUNDS = int(sys.argv[1]) if len(sys.argv) > 1 else 9
ENVOY = sys.argv[2] if len(sys.argv) > 2 else "/var/lib/directfaas/tools/envoy-1.40.0/envoy"
CALLS = 4000
TYPE = "type.googleapis.com/envoy.extensions."
UNLIMITED = dict.fromkeys(("max_connections", "max_pending_requests", "max_requests", "max_retries"), 1 << 20)
RETRY = {
    "retry_on": "connect-failure,refused-stream,reset-before-request",
    "num_retries": 3,
    "retry_host_predicate": [{
        "name": "envoy.retry_host_predicates.previous_hosts",
        "typed_config": {"@type": TYPE + "retry.host.previous_hosts.v3.PreviousHostsPredicate"},
    }],
    "host_selection_retry_max_attempts": 10,
}
OUTLIERS = {"outlier_detection": {
    "consecutive_gateway_failure": 5, "enforcing_consecutive_gateway_failure": 100, "enforcing_consecutive_5xx": 0,
    "enforcing_success_rate": 0, "interval": "10s", "base_ejection_time": "30s", "max_ejection_percent": 50,
}}
KEEPALIVE = {"upstream_connection_options": {
    "tcp_keepalive": {"keepalive_time": 60, "keepalive_interval": 15, "keepalive_probes": 4},
}}


def matching(header, regex):
    return [{"name": header, "string_match": {"safe_regex": {"regex": regex}}}]


def route(headers=(), timeout="0s", **retry):
    return {
        "match": {"prefix": "/", "headers": list(headers)},
        "route": {"cluster": "b", "timeout": timeout, "retry_policy": {**RETRY, **retry}},
    }


STREAMED = matching("accept", ".*(text/event-stream|application/x-ndjson).*")
IDEMPOTENT = matching(":method", "GET|HEAD|PUT|DELETE|OPTIONS|TRACE")
VARIANTS = {
    "nothing": ({}, [route()]),
    "outlier detection": (OUTLIERS, [route()]),
    "the defaults": ({**OUTLIERS, **KEEPALIVE}, [route()]),
    "timeout: 30s": ({**OUTLIERS, **KEEPALIVE}, [route(STREAMED, per_try_timeout="30s"), route(timeout="30s")]),
    "retries: 3": ({**OUTLIERS, **KEEPALIVE}, [route(IDEMPOTENT), route()]),
}


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def address(port):
    return {"socket_address": {"address": "127.0.0.1", "port_value": port}}


def listener(port, routes):
    return {"name": "in", "address": address(port), "filter_chains": [{"filters": [{
        "name": "envoy.filters.network.http_connection_manager",
        "typed_config": {
            "@type": TYPE + "filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "in", "generate_request_id": False, "stream_idle_timeout": "300s",
            "route_config": {"virtual_hosts": [{"name": "calls", "domains": ["*"], "routes": routes}]},
            "http_filters": [{
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": TYPE + "filters.http.router.v3.Router", "suppress_envoy_headers": True},
            }],
        },
    }]}]}


def cluster(port, extra):
    options = "upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": "b", "type": "STATIC", "connect_timeout": "1s", "lb_policy": "LEAST_REQUEST",
        "circuit_breakers": {"thresholds": [UNLIMITED]},
        "load_assignment": {"cluster_name": "b", "endpoints": [
            {"lb_endpoints": [{"endpoint": {"address": address(port)}}]}]},
        "typed_extension_protocol_options": {"envoy.extensions." + options: {
            "@type": TYPE + options, "common_http_protocol_options": {"idle_timeout": "4s"},
            "explicit_http_config": {"http_protocol_options": {}}}},
        **extra,
    }


def start(folder, name, port, routes, clusters):
    config = {
        "static_resources": {"listeners": [listener(port, routes)], "clusters": clusters},
        "stats_config": {"stats_matcher": {"inclusion_list": {"patterns": [{"exact": "server.live"}]}}},
    }
    file = os.path.join(folder, name.replace(" ", "-").replace(":", "") + ".json")
    with open(file, "w") as out:
        json.dump(config, out)
    process = subprocess.Popen([ENVOY, "-c", file, "--concurrency", "1", "--disable-hot-restart", "-l", "error"])
    for _ in range(600):
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return process
        except OSError:
            if process.poll() is not None:
                sys.exit(f"the Envoy for '{name}' did not start")
            time.sleep(0.1)
    sys.exit(f"the Envoy for '{name}' does not listen")


def cpu_seconds(process):
    tasks = f"/proc/{process.pid}/task"
    total = 0
    for task in os.listdir(tasks):
        with open(f"{tasks}/{task}/schedstat") as stat:
            total += int(stat.read().split()[0])
    return total / 1e9


def call(port, times):
    request = b"POST /function/b HTTP/1.1\r\nHost: gateway:8080\r\nContent-Length: 5\r\n\r\nhello"
    with socket.create_connection(("127.0.0.1", port)) as connection:
        for _ in range(times):
            connection.sendall(request)
            answer = b""
            while BODY not in answer:
                answer += connection.recv(8192)


BODY = b"x" * 1024


def main():
    processes = []
    try:
        with tempfile.TemporaryDirectory() as folder:
            back = free_port()
            body = {"match": {"prefix": "/"}, "direct_response": {
                "status": 200, "body": {"inline_string": BODY.decode()}}}
            processes.append(start(folder, "callee", back, [body], []))
            envoys = {}
            for name, (extra, routes) in VARIANTS.items():
                port = free_port()
                processes.append(start(folder, name, port, routes, [cluster(back, extra)]))
                envoys[name] = (port, processes[-1])
                call(port, 500)
            taken = {name: [] for name in envoys}
            for _ in range(ROUNDS):
                for name, (port, process) in envoys.items():
                    before = cpu_seconds(process)
                    call(port, CALLS)
                    taken[name].append((cpu_seconds(process) - before) / CALLS * 1e6)
            for name, each in taken.items():
                print(f"{name:18} CPU per call: least {min(each):6.1f} us, median {statistics.median(each):6.1f} us")
    finally:
        for process in processes:
            process.kill()
            process.wait()


main()
