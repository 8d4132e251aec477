"""Makes requests of an echo server all the time; says how many were answered and how many were not.

usage: requests.py ADDRESS    prints "ANSWERED LOST" every tenth of a second, and why one was lost
"""
import socket
import sys
import threading
import time

# So long that what a busy machine delays is not taken for lost.
PATIENCE = 60
BODY = b"x" * 1000
answered = lost = 0
lock = threading.Lock()


def request(connection):
    connection.sendall(BODY)
    left = len(BODY)
    while left:
        data = connection.recv(left)
        if not data:
            raise ConnectionError("closed by the server")
        left -= len(data)


def connect():
    connection = socket.create_connection((sys.argv[1], 8080), PATIENCE)
    connection.settimeout(PATIENCE)
    return connection


def count(act):
    global answered, lost
    try:
        result = act()
        with lock:
            answered += 1
        return result
    except OSError as e:
        with lock:
            lost += 1
        print("lost: %r" % e, flush=True)


def kept():
    """All on one connection."""
    connection = None
    while True:
        if connection is None:
            connection = count(connect)
        elif count(lambda: request(connection) or True) is None:
            connection.close()
            connection = None
        time.sleep(0.01)


def fresh():
    """Each on a connection of its own."""

    def once():
        with connect() as connection:
            request(connection)

    while True:
        count(once)
        time.sleep(0.01)


for role in (kept, kept, kept, fresh, fresh):
    threading.Thread(target=role, daemon=True).start()
while True:
    time.sleep(0.1)
    print(answered, lost, flush=True)
