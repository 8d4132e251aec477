"""A way into a replica's network: listens outside, at a port that it prints, and passes connections
on to the gateway's address inside. Ends when its standard input does.

enter.py /run/netns/NAMESPACE
"""

import ctypes
import socket
import sys
import threading

CLONE_NEWNET = 0x40000000
GATEWAY = ("169.254.88.1", 8080)


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    with open(namespace) as handle:
        if libc.setns(handle.fileno(), CLONE_NEWNET) != 0:
            raise OSError(ctypes.get_errno(), "setns " + namespace)


def copy(source, target):
    try:
        while piece := source.recv(1 << 16):
            target.sendall(piece)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        for end in (source, target):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # it has ended


def pass_on(outside):
    with outside, socket.create_connection(GATEWAY) as inside:
        back = threading.Thread(target=copy, args=(inside, outside), daemon=True)
        back.start()
        copy(outside, inside)
        back.join()


def accept_all(listener):
    # A thread has the network that it was in when it was started, or that it enters itself; a
    # socket stays in the one that it was made in.
    enter(sys.argv[1])
    while True:
        outside, _ = listener.accept()
        threading.Thread(target=pass_on, args=(outside,), daemon=True).start()


listener = socket.create_server(("127.0.0.1", 0))
print(listener.getsockname()[1], flush=True)
threading.Thread(target=accept_all, args=(listener,), daemon=True).start()
sys.stdin.read()
