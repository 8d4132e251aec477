"""Sends a TCP segment every millisecond, with the time in it; calls come and go with an edge, and so do these.

usage: stamp.py OWN_MAC OWN_IP TARGET_MAC TARGET_IP
"""
import socket
import struct
import sys
import time

own_mac, own_ip, target_mac, target_ip = sys.argv[1:]
ACK = 16


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + 20 + 16, 0, 0, 64, 6, 0, socket.inet_aton(own_ip), socket.inet_aton(target_ip))
ip = ip[:10] + struct.pack("!H", checksum(ip)) + ip[12:]
tcp = struct.pack("!HHIIBBHHH", 4000, 8080, 1, 1, 0x50, ACK, 1024, 0, 0)
head = mac(target_mac) + mac(own_mac) + b"\x08\x00" + ip + tcp + b"stamped:"
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("eth0", 0))
while True:
    raw.send(head + struct.pack("!q", time.time_ns() // 1000))
    time.sleep(0.001)
