"""echo: answers what it got. With NEXT it first sends it there and answers what came back, so that
copies of it make a chain of any length, to be measured or broken.

NEXT      functions to call one after the other, each with the answer of the one before: "b" or "b, c.acme"
DELAY_MS  how long to wait before answering
PORT, GATEWAY_URL as in any function
"""

import http.client
import json
import os
import select
import signal
import socket
import threading
import time
from http.server import BaseHTTPRequestHandler
from socketserver import ThreadingTCPServer
from urllib.parse import urlsplit

NAME = os.environ.get("OPENFAAS_NAME") or socket.gethostname()
NEXT = [name.strip() for name in os.environ.get("NEXT", "").split(",") if name.strip()]
DELAY_SECONDS = int(os.environ.get("DELAY_MS", "0")) / 1000
GATEWAY = urlsplit(os.environ.get("GATEWAY_URL", "http://gateway:8080"))
TIMEOUT_SECONDS = 60


class Server(ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    block_on_close = False
    request_queue_size = 512


class Echo(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # head and small body leave in one segment

    def do_POST(self):
        body = self.read_body()
        content_type = self.headers.get("Content-Type", "application/octet-stream")
        if DELAY_SECONDS:
            time.sleep(DELAY_SECONDS)
        for function in NEXT:
            try:
                status, content_type, body = call(function, content_type, body, self.headers)
            except (OSError, http.client.HTTPException) as error:
                self.answer(502, "text/plain", f"{NAME}: {function} did not answer: {error!r}\n".encode())
                return
            if status != 200:
                said = body.decode("utf-8", "replace").strip()
                self.answer(502, "text/plain", f"{NAME}: {function} answered {status}: {said}\n".encode())
                return
        self.answer(200, content_type, body)

    do_PUT = do_POST

    def do_GET(self):
        about = {"function": NAME, "next": NEXT, "path": self.path, "headers": dict(self.headers)}
        self.answer(200, "application/json", json.dumps(about).encode() + b"\n")

    def read_body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.read_exactly(int(self.headers.get("Content-Length") or 0))
        chunks = []
        while size := int(self.rfile.readline(128).split(b";")[0], 16):
            chunks.append(self.read_exactly(size))
            self.rfile.readline(128)
        while self.rfile.readline(4096).strip():
            pass  # trailers
        return b"".join(chunks)

    def read_exactly(self, length):
        body = self.rfile.read(length)
        if len(body) < length:
            raise ConnectionError("the client ended in the middle of the body")
        return body

    def answer(self, status, content_type, body):
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def handle_expect_100(self):
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, format, *arguments):
        pass


_thread = threading.local()


def call(function, content_type, body, headers):
    """POSTs to another function through the gateway, on this thread's kept connection."""
    passed_on = {"Content-Type": content_type}
    if "X-Call-Id" in headers:
        passed_on["X-Call-Id"] = headers["X-Call-Id"]
    connection = getattr(_thread, "connection", None)
    if connection is not None and not closed_by_peer(connection):
        try:
            return exchange(connection, function, body, passed_on)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            pass  # closed while idle, before a byte of an answer: once more, on a new one
    if connection is not None:
        connection.close()
    connection = http.client.HTTPConnection(GATEWAY.hostname, GATEWAY.port or 80, timeout=TIMEOUT_SECONDS)
    _thread.connection = connection
    return exchange(connection, function, body, passed_on)


def closed_by_peer(connection):
    # On an idle connection the only thing to read is its end.
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def exchange(connection, function, body, headers):
    try:
        try:
            connection.request("POST", f"/function/{function}", body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was read: the answer that says why may be there already
        response = connection.getresponse()
        answer = response.read()
    except BaseException:
        connection.close()
        raise
    if response.will_close:
        connection.close()
    return response.status, response.headers.get("Content-Type", "text/plain"), answer


if __name__ == "__main__":
    server = Server(("", int(os.environ.get("PORT", "8080"))), Echo)
    signal.signal(signal.SIGTERM, lambda *_: threading.Thread(target=server.shutdown).start())
    print(f"{NAME} listens on port {server.server_address[1]}, next: {NEXT}", flush=True)
    server.serve_forever()
