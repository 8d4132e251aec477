"""Sends what no edge allows, all the time: in its own name and in another's, as UDP and as TCP.

usage: stranger.py OWN_MAC OWN_IP OTHERS_IP TARGET_MAC TARGET_IP    prints how many it has sent
"""
import itertools
import socket
import struct
import sys
import time

MARK = b"no edge allows this"
own_mac, own_ip, others_ip, target_mac, target_ip = sys.argv[1:]


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def checksum(data):
    total = sum(struct.unpack("!%dH" % (len(data) // 2), data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def frame(source, protocol, segment):
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), 0, 0, 64, protocol, 0, socket.inet_aton(source), socket.inet_aton(target_ip))
    header = header[:10] + struct.pack("!H", checksum(header)) + header[12:]
    return mac(target_mac) + mac(own_mac) + b"\x08\x00" + header + segment


def udp():
    return 17, struct.pack("!HHHH", 4000, 8080, 8 + len(MARK), 0) + MARK


def tcp(flags):
    return 6, struct.pack("!HHIIBBHHH", 4000, 8080, 1, 1, 0x50, flags, 1024, 0, 0) + MARK


SYN, RST, ACK = 2, 4, 16
segments = [udp(), tcp(SYN), tcp(ACK), tcp(SYN | ACK), tcp(RST)]
frames = [frame(source, *segment) for source in (own_ip, others_ip) for segment in segments]
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
raw.bind(("eth0", 0))
for sent in itertools.count(1):
    for each in frames:
        try:
            raw.send(each)
        except OSError:
            pass  # No room, or no device for the moment.
    if sent % 10 == 0:
        print(sent * len(frames), flush=True)
    time.sleep(0.02)
