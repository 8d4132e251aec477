"""spy: tries to reach what it is told to, from where it stands, and says how it went.

POST {"method": "GET", "url": "http://10.0.0.9:8080/", "body": "", "timeout": 3}
  -> 200 {"status": 403, "body": "...", "error": null, "ms": 12.3}
status is null when there was no HTTP answer; error then says why. timeout is in seconds, 3 at most.
"""

import http.client
import json
import os
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import urlsplit

TIMEOUT_SECONDS = 3
MAX_ANSWER_BYTES = 64 * 1024


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128


class Spy(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024

    def do_POST(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        try:
            order = json.loads(body)
            url = urlsplit(order["url"])
            if url.scheme != "http" or not url.hostname:
                raise ValueError("url must begin with http://")
            timeout = min(TIMEOUT_SECONDS, float(order.get("timeout", TIMEOUT_SECONDS)))
            port = url.port or 80
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            self.answer(400, {"error": f'expected {{"method","url","body"}}: {error}'})
            return
        path = (url.path or "/") + (f"?{url.query}" if url.query else "")
        self.answer(200, attempt(url.hostname, port, order.get("method", "GET"), path, order.get("body"), timeout))

    def do_GET(self):
        self.answer(200, {"usage": __doc__})

    def answer(self, status, value):
        body = json.dumps(value).encode() + b"\n"
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format, *arguments):
        pass


def attempt(host, port, method, path, body, timeout):
    """One request, straight to where it is told: no proxy, no redirect, no second try."""
    start = time.monotonic()
    status = text = error = None
    connection = http.client.HTTPConnection(host, port, timeout=timeout)
    try:
        connection.request(method, path, body.encode() if body else None)
        response = connection.getresponse()
        text = response.read(MAX_ANSWER_BYTES).decode("utf-8", "replace")
        status = response.status
    except (OSError, http.client.HTTPException, ValueError) as failure:
        error = f"{type(failure).__name__}: {failure}"
    finally:
        connection.close()
    return {"status": status, "body": text, "error": error, "ms": round((time.monotonic() - start) * 1000, 1)}


if __name__ == "__main__":
    server = Server(("", int(os.environ.get("PORT", "8080"))), Spy)
    print(f"spy listens on port {server.server_address[1]}", flush=True)
    server.serve_forever()
