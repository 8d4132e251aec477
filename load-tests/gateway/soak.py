#!/usr/bin/env python3
"""Steady calls to functions that stay, while everything around them changes: deploys, updates, scales, deletes, secrets.
Not one call may fail, and no change either. Against a stack that is up; needs no more than Python's standard library.

usage: soak.py [--base URL] [--secrets DIR] [--seconds N] [--rate CALLS_PER_SECOND] [--seed N]
"""
import argparse, base64, collections, http.client, json, random, sys, threading, time, urllib.parse

options = argparse.ArgumentParser()
options.add_argument("--base", default="http://127.0.0.1:8080")
options.add_argument("--secrets", default="/var/lib/directfaas/secrets")
options.add_argument("--seconds", type=float, default=600)
options.add_argument("--rate", type=float, default=40)
options.add_argument("--seed", type=int, default=1)
options = options.parse_args()

address = urllib.parse.urlparse(options.base).netloc
pair = ":".join(open(f"{options.secrets}/basic-auth-{part}").read().strip() for part in ("user", "password"))
authorization = {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
NAMESPACE = "soak"
CALLERS = 4


def send(method, path, body=None, headers=None):
    connection = http.client.HTTPConnection(address, timeout=120)
    try:
        connection.request(method, path, body, headers or {})
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.counts = collections.Counter()
        self.failures = []
        self.times = []

    def add(self, what, failure=None, seconds=None):
        with self.lock:
            self.counts[what] += 1
            if seconds is not None:
                self.times.append(seconds)
            if failure is not None:
                self.failures.append(f"{time.strftime('%H:%M:%S')} {what}: {failure}")


calls, changes = Tally(), Tally()


def control(method, path, body, expected=(200, 201, 202)):
    """One change. 404 and 409 can be expected by who deletes what may be gone."""
    status, text = send(method, path, json.dumps(body), authorization)
    what = f"{method} {path.split('?')[0]}"
    changes.add(what, None if status in expected else f"{status} {text.decode(errors='replace').strip()}")
    return status


def function(name, **more):
    return {"service": name, "namespace": NAMESPACE, "image": "any", "envProcess": "cat", **more}


def server(name, version):
    return function(name, image="local/http", envVars={"VERSION": str(version)},
                    envProcess="/usr/bin/python3 -m http.server 8080 --directory /tmp")


def call(index, stop):
    """Calls at its share of the rate, each call on its own time, however long the last one took."""
    pause, due = CALLERS / options.rate, time.monotonic()
    number = 0
    while not stop.is_set():
        number += 1
        begun = time.monotonic()
        try:
            if (number + index) % 2:
                what, wanted = "cat", f"{index}/{number}".encode()
                status, body = send("POST", f"/function/cat.{NAMESPACE}", wanted)
                right = status == 200 and body == wanted
            else:
                what = "server"
                status, body = send("GET", f"/function/server.{NAMESPACE}/")
                right = status == 200
            failure = None if right else f"{status} {body[:200]!r}"
        except OSError as e:
            failure = repr(e)
        except http.client.HTTPException as e:
            failure = repr(e)
        calls.add(what, failure, time.monotonic() - begun)
        due = max(due + pause, time.monotonic() - 1)
        stop.wait(max(0, due - time.monotonic()))


def change(stop):
    """One change at a time, at random."""
    rng = random.Random(options.seed)
    functions, secrets, version = [], [], 0
    while not stop.is_set():
        choice = rng.randrange(10)
        version += 1
        if choice < 2 and len(functions) < 6:
            name = f"passing-{version}"
            body = function(name, annotations={"directfaas.io/calls": "cat"})
            if secrets:
                body["secrets"] = [rng.choice(secrets)]
            control("POST", "/system/functions", body)
            functions.append((name, body))
        elif choice == 2 and functions:
            name, body = rng.choice(functions)
            control("PUT", "/system/functions", {**body, "envVars": {"VERSION": str(version)}})
        elif choice == 3 and functions:
            name, _ = rng.choice(functions)
            control("POST", f"/system/scale-function/{name}?namespace={NAMESPACE}",
                    {"serviceName": name, "replicas": rng.randrange(3)})
        elif choice == 4 and functions:
            name, _ = functions.pop(rng.randrange(len(functions)))
            control("DELETE", f"/system/functions?namespace={NAMESPACE}", {"functionName": name})
        elif choice == 5:
            name = f"secret-{version}"
            control("POST", "/system/secrets", {"name": name, "namespace": NAMESPACE, "value": "v"})
            secrets.append(name)
        elif choice == 6 and secrets:
            control("PUT", "/system/secrets",
                    {"name": rng.choice(secrets), "namespace": NAMESPACE, "value": str(version)})
        elif choice == 7:
            used = {name for _, body in functions for name in body.get("secrets", [])}
            unused = [name for name in secrets if name not in used]
            if unused:
                secrets.remove(unused[0])
                control("DELETE", "/system/secrets", {"name": unused[0], "namespace": NAMESPACE})
        elif choice == 8:
            control("POST", f"/system/scale-function/server?namespace={NAMESPACE}",
                    {"serviceName": "server", "replicas": rng.randrange(1, 4)})
        elif choice == 9 and version % 3 == 0:
            control("PUT", "/system/functions", server("server", version))
        stop.wait(rng.uniform(0.2, 1.5))


def available(name):
    status, body = send("GET", f"/system/function/{name}?namespace={NAMESPACE}", None, authorization)
    return status == 200 and json.loads(body)["availableReplicas"] > 0


control("POST", "/system/namespace/", {"name": NAMESPACE}, (200, 201, 202, 409))
for staying in (function("cat"), server("server", 0)):
    if control("PUT", "/system/functions?wait=30s", staying, (200, 202, 404)) == 404:
        control("POST", "/system/functions?wait=30s", staying)
patience = time.monotonic() + 300
while not (available("cat") and available("server")):
    if time.monotonic() > patience:
        sys.exit("the functions did not become ready")
    time.sleep(0.2)

stop = threading.Event()
threads = [threading.Thread(target=call, args=(index, stop)) for index in range(CALLERS)]
threads.append(threading.Thread(target=change, args=(stop,)))
for thread in threads:
    thread.start()
try:
    stop.wait(options.seconds)
except KeyboardInterrupt:
    pass
stop.set()
for thread in threads:
    thread.join()
control("DELETE", f"/system/namespace/{NAMESPACE}", {"name": NAMESPACE})

calls.times.sort()
total = len(calls.times)
print(f"{total} calls in {options.seconds:.0f} s, {len(calls.failures)} failed; "
      f"p50 {calls.times[total // 2] * 1000:.1f} ms, p99 {calls.times[int(total * 0.99)] * 1000:.1f} ms")
print(f"{sum(changes.counts.values())} changes, {len(changes.failures)} failed")
for failure in (calls.failures + changes.failures)[:20]:
    print(failure)
sys.exit(1 if calls.failures or changes.failures else 0)
