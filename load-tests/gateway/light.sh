#!/usr/bin/env bash
# How light gateway-lite is as a process of its own: time to ready, idle memory, and how GET /system/functions
# grows from 10 to 1000 functions. Needs a build (target/lib of standalone); runs on free ports in a directory of its own.
#
# usage: light.sh [requests]
set -euo pipefail
root=$(readlink -f "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..")
requests=${1:-300}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
work=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 20000))
class_path="$root/standalone/target/lib/*"

# Sets pid and seconds.
start() {
  local begun=$EPOCHREALTIME
  "$java" -Xms16m -Xmx64m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:MaxMetaspaceSize=96m \
    -XX:ReservedCodeCacheSize=32m -XX:-UsePerfData -XX:SharedArchiveFile="$work/gateway.jsa" -XX:+AutoCreateSharedArchive \
    -Xlog:disable --enable-native-access=ALL-UNNAMED -cp "$class_path" io.directfaas.gateway.GatewayLiteApplication \
    --directfaas.gateway.state-dir="$work/state" --directfaas.gateway.http-port="$port" \
    --directfaas.gateway.metrics-port=0 --directfaas.gateway.grpc-port=0 --directfaas.gateway.expect= >"$work/log" 2>&1 &
  pid=$!
  until curl -fs -o "$work/health" "http://127.0.0.1:$port/healthz"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/log"; exit 1; }
    sleep 0.01
  done
  seconds=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
}

stop() {
  kill "$pid"
  wait "$pid" || true
  pid=
}

start
echo "ready without an archive of class data: $seconds s"
stop
start
echo "ready with it:                          $seconds s"
sleep 5
echo "idle resident memory:                   $(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") / 1024)) MiB"
python3 - "$port" "$work/state/secrets" "$requests" <<'PYTHON'
import base64, http.client, json, sys, time
port, secrets, requests = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
pair = ":".join(open(f"{secrets}/basic-auth-{part}").read().strip() for part in ("user", "password"))
headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
connection = http.client.HTTPConnection("127.0.0.1", port)

def send(method, path, body=None):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, text
    return text

def p99():
    times = []
    for _ in range(requests):
        begun = time.perf_counter()
        send("GET", "/system/functions")
        times.append((time.perf_counter() - begun) * 1000)
    times.sort()
    return times[len(times) // 2], times[int(len(times) * 0.99)]

figures = {}
deployed = 0
for count in (10, 1000):
    while deployed < count:
        send("POST", "/system/functions", json.dumps({"service": f"f{deployed}", "image": "i"}))
        deployed += 1
    p99()
    figures[count] = p99()
    size = len(send("GET", "/system/functions"))
    print(f"GET /system/functions with {count:4}: p50 {figures[count][0]:.2f} ms, p99 {figures[count][1]:.2f} ms, {size} bytes")
print(f"p99 grows by a factor of {figures[1000][1] / figures[10][1]:.1f}")
PYTHON
echo "resident memory with 1000 functions:    $(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") / 1024)) MiB"
stop
