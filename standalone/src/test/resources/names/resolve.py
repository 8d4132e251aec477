"""Prints a line per name: the name and its addresses in order, or - when it has none."""

import socket
import sys

for name in sys.argv[1:]:
    try:
        found = sorted({a[4][0] for a in socket.getaddrinfo(name, 8080, type=socket.SOCK_STREAM)})
    except OSError:
        found = ["-"]
    print(name, ",".join(found))
