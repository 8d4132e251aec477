#!/usr/bin/env bash
# How light gateway-lite is as a process of its own: time to ready, idle memory, and how GET /system/functions
# grows from 10 to 1000 functions. Needs a build (target/lib of standalone) and a JDK of 21 or newer in JAVA_HOME; runs on
# free ports in a directory of its own. JDKs from 25 on keep what a first run has loaded and linked as an AOT cache, older
# ones as an archive of class data. Either is made by a run of its own, not by one that serves: writing it takes
# seconds of processor time at the process's end.
#
# usage: light.sh [requests [functions]]      with more than 1000 functions: lists of so many, too, and what they take
set -euo pipefail
root=$(readlink -f "$(dirname "$(readlink -f "${BASH_SOURCE[0]}")")/../..")
requests=${1:-4000}
functions=${2:-1000}
java=${JAVA_HOME:+$JAVA_HOME/bin/}java
release=$("$java" -version 2>&1 | sed -n '1s/.*"\([0-9]*\).*/\1/p')
work=$(mktemp -d)
pid=
trap '[[ -z $pid ]] || kill "$pid" 2>/dev/null || true; rm -rf "$work"' EXIT
port=$((20000 + RANDOM % 20000))
# Spelled out: what is kept holds for exactly this class path.
class_path=$(printf '%s:' "$root"/standalone/target/lib/*.jar)
if ((release >= 25)); then
  make=-XX:AOTCacheOutput=$work/gateway.aot use=-XX:AOTCache=$work/gateway.aot
else
  make=-XX:ArchiveClassesAtExit=$work/gateway.jsa use=-XX:SharedArchiveFile=$work/gateway.jsa
fi

# Sets pid, seconds, and processor (seconds of processor time, which do not depend on what else the machine does).
start() {
  local begun=$EPOCHREALTIME
  "$java" -Xms16m -Xmx64m -Xss512k -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -XX:MaxMetaspaceSize=96m \
    -XX:ReservedCodeCacheSize=32m -XX:-UsePerfData "$@" \
    -Xlog:disable --enable-native-access=ALL-UNNAMED -cp "$class_path" io.directfaas.gateway.GatewayLiteApplication \
    --directfaas.gateway.state-dir="$work/state" --directfaas.gateway.http-port="$port" \
    --directfaas.gateway.metrics-port=0 --directfaas.gateway.grpc-port=0 --directfaas.gateway.expect= >"$work/log" 2>&1 &
  pid=$!
  until curl -fs -o "$work/health" "http://127.0.0.1:$port/healthz"; do
    kill -0 "$pid" 2>/dev/null || { cat "$work/log"; exit 1; }
    sleep 0.01
  done
  seconds=$(awk -v a="$begun" -v b="$EPOCHREALTIME" 'BEGIN { printf "%.2f", b - a }')
  processor=$(awk -v hz="$(getconf CLK_TCK)" '{ printf "%.2f", ($14 + $15) / hz }' "/proc/$pid/stat")
}

stop() {
  kill "$pid"
  wait "$pid" || true
  pid=
}

start "$make"
echo "ready in the run that makes it:  $seconds s, $processor s of processor time"
stop
for _ in 1 2 3; do
  start "$use"
  echo "ready with it:                   $seconds s, $processor s of processor time"
  stop
done
start "$use"
sleep 5
echo "idle resident memory:            $(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") / 1024)) MiB"
python3 - "$port" "$work/state/secrets" "$requests" "$functions" <<'PYTHON'
import base64, http.client, json, sys, time
port, secrets, requests, functions = int(sys.argv[1]), sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
pair = ":".join(open(f"{secrets}/basic-auth-{part}").read().strip() for part in ("user", "password"))
headers = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
connection = http.client.HTTPConnection("127.0.0.1", port)

def send(method, path, body=None):
    connection.request(method, path, body, headers)
    answer = connection.getresponse()
    text = answer.read()
    assert answer.status < 300, text
    return text

def deploy(namespace, count):
    begun = time.perf_counter()
    for number in range(len(json.loads(send("GET", f"/system/functions?namespace={namespace}"))), count):
        send("POST", "/system/functions", json.dumps({"service": f"f{number}", "image": "i", "namespace": namespace}))
    return count / (time.perf_counter() - begun)

def ask(namespace, times):
    for _ in range(BLOCK):
        begun = time.perf_counter()
        send("GET", f"/system/functions?namespace={namespace}")
        times.append((time.perf_counter() - begun) * 1000)

# One namespace for each size, asked for by turns, so that whatever else the machine does meets all of them. A block
# of one size is long enough to have the garbage collections that it caused itself.
BLOCK = 200
sizes = sorted({10, 1000, max(functions, 1000)})
paces = {}
for count in sizes:
    send("POST", "/system/namespace/", json.dumps({"name": f"n{count}", "annotations": {"openfaas": "1"}}))
    paces[count] = deploy(f"n{count}", count)
    print(f"{count:5} deployed at {paces[count]:.0f} a second")
times = {count: [] for count in sizes}
for count in sizes:
    for _ in range(5):
        ask(f"n{count}", [])
while len(times[10]) < requests:
    for count in sizes:
        ask(f"n{count}", times[count])
figures = {}
for count in sizes:
    ordered = sorted(times[count])
    figures[count] = ordered[int(len(ordered) * 0.99)]
    size = len(send("GET", f"/system/functions?namespace=n{count}"))
    print(f"GET /system/functions with {count:5}: p50 {ordered[len(ordered) // 2]:.2f} ms, p99 {figures[count]:.2f} ms, "
          f"{len(ordered)} asks, {size} bytes")
print(f"p99 grows by a factor of {figures[1000] / figures[10]:.1f}")
PYTHON
echo "memory with all functions:       $(($(sed -n 's/^VmRSS:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$pid/status") / 1024)) MiB"
stop
