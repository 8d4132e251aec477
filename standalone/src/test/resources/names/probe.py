"""probe: runs a command inside its sandbox, or calls a URL again and again, for tests of names.

POST {"run": ["./resolve", "b"], "timeout": 30}   -> {"status": 0, "output": "..."}
POST {"call": "http://b:8080/", "body": "x"}       -> {"status": 200, "body": "..."}
POST {"load": "http://b:8080/", "body": "x", "pause": 0.1}  -> begins a load of one call after the other
POST {"stop": true}                                -> ends it: {"good": 123, "bad": ["..."], "from": {"id": 40}}
GET                                                -> this replica's id
"""

import http.client
import json
import os
import socket
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import urlsplit


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


def call(url, body, timeout=30):
    """On a connection of its own, by an answer of the resolver of its own."""
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.hostname, parts.port or 80, timeout=timeout)
    try:
        connection.request("POST", parts.path or "/", body.encode())
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8", "replace")
    finally:
        connection.close()


class Load:
    def __init__(self, url, body, pause):
        self.good, self.bad, self.answered = 0, [], {}
        self.running = True
        self.thread = threading.Thread(target=self.run, args=(url, body, pause), daemon=True)
        self.thread.start()

    def run(self, url, body, pause):
        while self.running:
            try:
                status, answer = call(url, body)
                if status == 200:
                    self.good += 1
                    self.answered[answer] = self.answered.get(answer, 0) + 1
                else:
                    self.bad.append(f"{status}: {answer[:200]}")
            except (OSError, http.client.HTTPException) as failure:
                self.bad.append(repr(failure))
            time.sleep(pause)

    def stop(self):
        self.running = False
        self.thread.join()
        return {"good": self.good, "bad": self.bad[:20], "from": self.answered}


class Probe(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024
    load = None

    def do_GET(self):
        self.answer(socket.gethostname())

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        if self.path.startswith("/function/"):
            # For callers that compare: what came.
            return self.answer_bytes(body)
        try:
            order = json.loads(body)
        except ValueError:
            order = None
        if not isinstance(order, dict):
            self.answer(socket.gethostname())
        elif "run" in order:
            done = subprocess.run(
                order["run"],
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                timeout=order.get("timeout", 60),
                env={**os.environ, **order.get("env", {})},
            )
            self.json({"status": done.returncode, "output": done.stdout.decode("utf-8", "replace")})
        elif "call" in order:
            try:
                status, answer = call(order["call"], order.get("body", ""), order.get("timeout", 30))
                self.json({"status": status, "body": answer, "error": None})
            except (OSError, http.client.HTTPException) as failure:
                self.json({"status": None, "body": None, "error": repr(failure)})
        elif "load" in order:
            Probe.load = Load(order["load"], order.get("body", ""), order.get("pause", 0.002))
            self.json({})
        else:
            self.json(Probe.load.stop())

    def json(self, value):
        self.answer(json.dumps(value))

    def answer(self, text):
        self.answer_bytes(text.encode())

    def answer_bytes(self, body):
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


if __name__ == "__main__":
    Server(("", int(os.environ.get("PORT", "8080"))), Probe).serve_forever()
