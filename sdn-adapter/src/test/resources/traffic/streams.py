"""Sixteen connections on which something is sent every millisecond.

usage: streams.py ADDRESS
"""
import socket
import sys
import threading
import time


def stream():
    connection = socket.create_connection((sys.argv[1], 8080), 60)
    connection.settimeout(None)
    while True:
        connection.sendall(b"x" * 1400)
        connection.recv(1 << 20)
        time.sleep(0.001)


for _ in range(16):
    threading.Thread(target=stream).start()
