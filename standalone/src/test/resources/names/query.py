"""Asks the resolver itself: name and type on the command line, prints code, addresses and TTLs.

usage: query.py [--tcp] NAME TYPE...
"""

import socket
import struct
import sys

arguments = sys.argv[1:]
tcp = arguments[0] == "--tcp" and arguments.pop(0)
name, types = arguments[0], [int(t) for t in arguments[1:]]


def ask(kind):
    labels = b"".join(bytes([len(part)]) + part.encode() for part in name.split("."))
    query = struct.pack(">HHHHHH", 7, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack(">HH", kind, 1)
    if tcp:
        with socket.create_connection(("169.254.88.1", 53), 10) as connection:
            connection.sendall(struct.pack(">H", len(query)) + query)
            length = struct.unpack(">H", connection.recv(2, socket.MSG_WAITALL))[0]
            return connection.recv(length, socket.MSG_WAITALL)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(10)
        datagrams.sendto(query, ("169.254.88.1", 53))
        return datagrams.recv(4096)


for kind in types:
    answer = ask(kind)
    code, count = answer[3] & 15, struct.unpack(">H", answer[6:8])[0]
    at, records = 12 + len(name) + 2 + 4, []
    for _ in range(count):
        at += 2  # a pointer to the name
        kind_found, _, ttl, length = struct.unpack(">HHIH", answer[at : at + 10])
        records.append(f"{kind_found}/{ttl}/{'.'.join(map(str, answer[at + 10 : at + 10 + length]))}")
        at += 10 + length
    print(kind, code, ",".join(sorted(records)) or "-")
