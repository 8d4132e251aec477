"""Prints when each segment of stamp.py that comes in was sent, in microseconds since 1970."""
import socket
import struct

MARK = b"stamped:"
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
raw.bind(("eth0", 3))
while True:
    data, address = raw.recvfrom(65536)
    at = data.find(MARK, 54)
    if address[2] != socket.PACKET_OUTGOING and at > 0:
        print(struct.unpack_from("!q", data, at + len(MARK))[0], flush=True)
