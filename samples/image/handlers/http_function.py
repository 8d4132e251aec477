"""What extract, transform and thumbnail have in common: an HTTP server for one function, and a
client for calling the next one through the gateway. Nothing but the standard library."""

import http.client
import os
import select
import signal
import socketserver
import sys
import threading
from http.server import BaseHTTPRequestHandler
from urllib.parse import urlsplit

GATEWAY_URL = os.environ.get("GATEWAY_URL", "http://gateway:8080")
UPSTREAM_TIMEOUT_SECONDS = 60
MAX_BODY_BYTES = 32 * 1024 * 1024


class Failure(Exception):
    """Ends a request with a status and one line of text."""

    def __init__(self, status, message):
        super().__init__(message)
        self.status = status


class Answer:
    def __init__(self, body, headers, status=200):
        self.status = status
        self.headers = headers
        self.body = body


def serve(function):
    """Serves `function(body, headers) -> Answer` on $PORT until SIGTERM."""
    server = _Server(("", int(os.environ.get("PORT", "8080"))), _Handler)
    server.function = function
    # shutdown() waits for serve_forever(), which runs in this very thread.
    stop = lambda *_: threading.Thread(target=server.shutdown).start()
    signal.signal(signal.SIGTERM, stop)
    print(f"listening on port {server.server_address[1]}", flush=True)
    server.serve_forever()
    server.server_close()
    server.drain(seconds=10)


class _Server(socketserver.ThreadingTCPServer):
    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.block_on_close = False  # idle connections have a thread too
        self._in_flight = 0
        self._idle = threading.Condition()

    def begin(self):
        with self._idle:
            self._in_flight += 1

    def end(self):
        with self._idle:
            self._in_flight -= 1
            self._idle.notify_all()

    def drain(self, seconds):
        with self._idle:
            self._idle.wait_for(lambda: self._in_flight == 0, timeout=seconds)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = 64 * 1024  # head and small body leave in one segment

    def do_POST(self):
        self.server.begin()
        try:
            answer = self._answer()
            self._send(answer)
            self.wfile.flush()
        finally:
            self.server.end()

    def do_GET(self):
        if self.path == "/_/health":
            self._send(_text(200, "OK"))
        else:
            self._send(_text(405, "POST a picture."))

    def handle_expect_100(self):
        proceed = super().handle_expect_100()
        self.wfile.flush()
        return proceed

    def log_message(self, format, *arguments):
        pass  # one line per request would be all the log says

    def _answer(self):
        try:
            return self.server.function(read_body(self), self.headers)
        except Failure as failure:
            return _text(failure.status, str(failure))
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:  # a function's bug must not look like a broken connection
            print(f"failed: {error!r}", file=sys.stderr, flush=True)
            return _text(500, f"internal error: {type(error).__name__}")

    def _send(self, answer):
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)


def _text(status, message):
    return Answer((message + "\n").encode(), {"Content-Type": "text/plain; charset=utf-8"}, status)


def read_body(request):
    """The whole body of a BaseHTTPRequestHandler's request, chunked or not."""
    if request.headers.get("Transfer-Encoding", "").lower() == "chunked":
        return _read_chunks(request)
    length = int(request.headers.get("Content-Length") or 0)
    if length > MAX_BODY_BYTES:
        request.close_connection = True
        raise Failure(413, f"a body of more than {MAX_BODY_BYTES} bytes")
    return _read_exactly(request.rfile, length)


def _read_chunks(request):
    chunks = []
    total = 0
    while size := int(request.rfile.readline(128).split(b";")[0], 16):
        total += size
        if total > MAX_BODY_BYTES:
            request.close_connection = True
            raise Failure(413, f"a body of more than {MAX_BODY_BYTES} bytes")
        chunks.append(_read_exactly(request.rfile, size))
        request.rfile.readline(128)
    while request.rfile.readline(4096).strip():
        pass  # trailers
    return b"".join(chunks)


def _read_exactly(stream, length):
    body = stream.read(length)
    if len(body) < length:
        raise ConnectionError("the client ended in the middle of the body")
    return body


_thread = threading.local()


def call(function, body, headers):
    """POSTs to another function through the gateway and returns its Answer.

    Raises Failure 502 with the other's own words when it does not answer with 200.
    """
    try:
        answer = _post(f"/function/{function}", body, headers)
    except (OSError, http.client.HTTPException) as error:
        raise Failure(502, f"{function} did not answer: {error}") from error
    if answer.status != 200:
        message = answer.body.decode("utf-8", "replace").strip()
        raise Failure(502, f"{function} answered {answer.status}: {message}")
    return answer


def _post(path, body, headers):
    connection = getattr(_thread, "connection", None)
    if connection is not None and not _closed_by_peer(connection):
        try:
            return _exchange(connection, path, body, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # Closed while idle, before a byte of an answer: that is no failure of the call.
            pass
    if connection is not None:
        connection.close()
    gateway = urlsplit(GATEWAY_URL)
    _thread.connection = http.client.HTTPConnection(
        gateway.hostname, gateway.port or 80, timeout=UPSTREAM_TIMEOUT_SECONDS
    )
    return _exchange(_thread.connection, path, body, headers)


def _closed_by_peer(connection):
    # On an idle connection the only thing to read is its end.
    return connection.sock is None or bool(select.select([connection.sock], [], [], 0)[0])


def _exchange(connection, path, body, headers):
    try:
        try:
            connection.request("POST", path, body, headers)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was read: the answer that says why may be there already
        response = connection.getresponse()
        answer = Answer(response.read(), response.headers, response.status)
    except BaseException:
        connection.close()
        raise
    if response.will_close:
        connection.close()
    return answer
