"""Counts the frames of strangers that come in on eth0; see stranger.py. Prints it ten times a second."""
import select
import socket
import time

MARK = b"no edge allows this"
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 22)
raw.bind(("eth0", 3))
came = said = 0
while True:
    if select.select([raw], [], [], 0.1)[0]:
        data, address = raw.recvfrom(65536)
        came += address[2] != socket.PACKET_OUTGOING and MARK in data
    if time.monotonic() - said > 0.1:
        said = time.monotonic()
        print(came, flush=True)
