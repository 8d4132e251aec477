"""Answers with what it got, or as its path says."""

import base64
import hashlib
import json
import os
import socket
import struct
import threading
import time
from collections import defaultdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

# By name: what waits there and what lets it go on.
gates = defaultdict(lambda: threading.Semaphore(0))


def burn(milliseconds):
    """Takes so much of a processor's time, however long that takes."""
    end = time.thread_time() + milliseconds / 1000
    while time.thread_time() < end:
        pass


class Probe(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def __getattr__(self, name):
        if name.startswith("do_"):  # any method
            return self.serve
        raise AttributeError(name)

    def serve(self):
        words = self.path.split("?")[0].strip("/").split("/")
        special = getattr(self, "at_" + words[0], None) if words[0] else None
        if special:
            special(*words[1:])
            return
        body = b"".join(self.body())
        about = {
            "method": self.command,
            "path": self.path,
            "headers": [[name.lower(), value] for name, value in self.headers.items()],
            "bytes": len(body),
            "sha256": hashlib.sha256(body).hexdigest(),
        }
        self.answer(200, json.dumps(about).encode(), {"Content-Type": "application/json"})

    def body(self):
        """The pieces as they come."""
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
            return
        while size := int(self.rfile.readline().split(b";")[0], 16):
            yield self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()

    def answer(self, status, body, headers=None):
        self.send_response(status)
        for name, value in (headers or {}).items():
            for each in value if isinstance(value, list) else [value]:
                self.send_header(name, each)
        if status not in (204, 304):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status not in (204, 304):
            self.wfile.write(body)

    def chunk(self, piece):
        self.wfile.write(b"%x\r\n%s\r\n" % (len(piece), piece))
        self.wfile.flush()

    def start_chunks(self, content_type):
        self.send_response(200)
        self.send_header("Content-Type", content_type)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()

    def at_status(self, status):
        self.answer(int(status), b"as asked", {"X-Of-Function": "yes"})

    def at_redirect(self):
        self.answer(302, b"there", {"Location": "http://elsewhere.invalid/next?x=1"})

    def at_cookies(self):
        self.answer(200, b"", {"Set-Cookie": ["a=1; Path=/", "b=2"], "Server": "probe"})

    def at_duplex(self):
        """Sends each piece back before it reads the next one."""
        self.start_chunks("application/octet-stream")
        for piece in self.body():
            self.chunk(piece)
        self.chunk(b"")

    def at_early(self):
        """Has read nothing of the body when it answers."""
        self.answer(413, b"too much", {"Connection": "close"})
        self.close_connection = True
        # Closed with bytes unread, TCP would reset the connection and take the answer back.
        self.connection.shutdown(socket.SHUT_WR)
        while self.rfile.read1():
            pass

    def at_events(self, gate, count):
        """One now, and each further one when somebody opens the gate."""
        self.start_chunks("text/event-stream")
        for number in range(1, int(count) + 1):
            self.chunk(b"data: %d\n\n" % number)
            if number < int(count):
                gates[gate].acquire()
        self.chunk(b"")

    def at_hold(self, gate):
        gates[gate].acquire()
        self.answer(200, b"held")

    def at_open(self, gate):
        gates[gate].release()
        self.answer(200, b"open")

    def at_burn(self, milliseconds):
        burn(int(milliseconds))
        self.answer(200, b"done")

    def at_take(self, mebibytes):
        taken = bytearray(int(mebibytes) << 20)
        self.answer(200, b"%d" % len(taken))

    def at_die(self):
        self.close_connection = True

    def at_ws(self):
        """Echoes whole messages until it is told to close."""
        key = self.headers["Sec-WebSocket-Key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        accept = base64.b64encode(hashlib.sha1(key.encode()).digest()).decode()
        self.send_header("Sec-WebSocket-Accept", accept)
        self.end_headers()
        self.close_connection = True
        opcode = None
        while opcode != 8:
            first, second = self.rfile.read(2)
            opcode, length = first & 15, second & 127
            if length == 126:
                length = struct.unpack(">H", self.rfile.read(2))[0]
            elif length == 127:
                length = struct.unpack(">Q", self.rfile.read(8))[0]
            mask = self.rfile.read(4)
            data = bytes(b ^ mask[i % 4] for i, b in enumerate(self.rfile.read(length)))
            if length < 126:
                size = bytes([length])
            elif length < 1 << 16:
                size = b"\x7e" + struct.pack(">H", length)
            else:
                size = b"\x7f" + struct.pack(">Q", length)
            self.wfile.write(bytes([first]) + size + data)
            self.wfile.flush()

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


burn(int(os.environ.get("START_BURNS_MS", "0")))
Server(("", int(os.environ["PORT"])), Probe).serve_forever()
