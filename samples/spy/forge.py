#!/usr/bin/python3
"""Sends packets that claim to come from someone else, and listens for an answer.

Run as root in a replica's network namespace:
  ip netns exec df-spy-x1y2z /usr/bin/python3 forge.py --kind syn \
      --source-mac 02:df:00:00:00:03 --source-ip 10.88.0.3 --target-ip 10.88.0.4 --port 8080

Prints one JSON object: what was sent, and which frames came back within the wait. An answer to a
forged address may also go to its true owner; that a switch let nothing pass is proved by the switch's
own counters, not by silence here.
"""

import argparse
import fcntl
import json
import select
import socket
import struct
import sys
import time

ETH_IP, ETH_ARP, ETH_ALL = 0x0800, 0x0806, 0x0003
SIOCGIFADDR = 0x8915
BROADCAST = "ff:ff:ff:ff:ff:ff"


def main():
    options = arguments()
    wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_ALL))
    wire.bind((options.interface, ETH_ALL))
    own_mac = wire.getsockname()[4].hex(":")
    own_ip = address_of(options.interface)
    source = {"mac": options.source_mac or own_mac, "ip": options.source_ip or own_ip}
    if source["ip"] is None:
        sys.exit(f"{options.interface} has no address: give --source-ip")
    target_mac = options.target_mac or (
        BROADCAST if options.kind == "arp" else resolve(wire, own_mac, own_ip, options.target_ip)
    )
    answers = []
    sent = 0
    send_error = None
    for i in range(options.count):
        sport = 40000 + i
        try:
            wire.send(frame(options, source, target_mac, sport, i))
            sent += 1
        except OSError as error:
            send_error = str(error)
            break
    deadline = time.monotonic() + options.wait
    while sent and (left := deadline - time.monotonic()) > 0:
        if select.select([wire], [], [], left)[0]:
            data, meta = wire.recvfrom(65535)
            if meta[2] != socket.PACKET_OUTGOING:
                answer = answer_in(data, options)
                if answer:
                    answers.append(answer)
    print(
        json.dumps(
            {
                "kind": options.kind,
                "interface": options.interface,
                "own": {"mac": own_mac, "ip": own_ip},
                "source": source,
                "target": {"mac": target_mac, "ip": options.target_ip, "port": options.port},
                "sent": sent,
                "error": send_error,
                "answered": bool(answers),
                "answers": answers[:20],
            }
        )
    )


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--kind", choices=("syn", "udp", "arp"), default="syn")
    parser.add_argument("--interface", default="eth0")
    parser.add_argument("--source-mac", help="the interface's own if not given")
    parser.add_argument("--source-ip", help="the interface's own if not given")
    parser.add_argument("--target-ip", required=True)
    parser.add_argument("--target-mac", help="asked for by ARP, in our own name, if not given")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--count", type=int, default=3)
    parser.add_argument("--wait", type=float, default=1.0, help="seconds to listen for an answer")
    return parser.parse_args()


def address_of(interface):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16s16x8x", interface.encode()[:15])
        try:
            return socket.inet_ntoa(fcntl.ioctl(any_socket, SIOCGIFADDR, request)[20:24])
        except OSError:
            return None


def frame(options, source, target_mac, sport, number):
    if options.kind == "arp":
        return arp_request(source["mac"], source["ip"], options.target_ip, target_mac)
    src, dst = socket.inet_aton(source["ip"]), socket.inet_aton(options.target_ip)
    if options.kind == "syn":
        protocol = socket.IPPROTO_TCP
        segment = struct.pack("!HHIIBBHHH", sport, options.port, 0x1000 + number, 0, 5 << 4, 0x02, 64240, 0, 0)
        check_at = 16
    else:
        protocol = socket.IPPROTO_UDP
        text = b"forged"
        segment = struct.pack("!HHHH", sport, options.port, 8 + len(text), 0) + text
        check_at = 6
    pseudo = src + dst + struct.pack("!BBH", 0, protocol, len(segment))
    segment = with_checksum(segment, check_at, pseudo)
    header = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(segment), number, 0x4000, 64, protocol, 0, src, dst)
    ethernet = mac(target_mac) + mac(source["mac"]) + struct.pack("!H", ETH_IP)
    return ethernet + with_checksum(header, 10) + segment


def arp_request(source_mac, source_ip, target_ip, target_mac=BROADCAST):
    ethernet = mac(target_mac) + mac(source_mac) + struct.pack("!H", ETH_ARP)
    body = struct.pack("!HHBBH", 1, ETH_IP, 6, 4, 1) + mac(source_mac) + socket.inet_aton(source_ip)
    return (ethernet + body + bytes(6) + socket.inet_aton(target_ip)).ljust(60, b"\0")


def resolve(wire, own_mac, own_ip, target_ip):
    """The target's MAC as told to our true self; broadcast when nobody tells."""
    if own_ip is not None:
        wire.send(arp_request(own_mac, own_ip, target_ip))
        deadline = time.monotonic() + 0.5
        while (left := deadline - time.monotonic()) > 0:
            if select.select([wire], [], [], left)[0]:
                data = wire.recv(65535)
                if arp_reply_from(data, target_ip):
                    return data[22:28].hex(":")
    return BROADCAST


def arp_reply_from(data, ip):
    return (
        len(data) >= 42
        and data[12:14] == struct.pack("!H", ETH_ARP)
        and data[20:22] == b"\0\2"
        and data[28:32] == socket.inet_aton(ip)
    )


def answer_in(data, options):
    """What kind of answer from the target a frame is, or None."""
    if options.kind == "arp":
        return f"arp: {data[22:28].hex(':')}" if arp_reply_from(data, options.target_ip) else None
    if len(data) < 34 or data[12:14] != struct.pack("!H", ETH_IP):
        return None
    transport = data[14 + (data[14] & 15) * 4 :]
    protocol = data[23]
    if protocol == socket.IPPROTO_ICMP and len(transport) >= 28:
        quoted = transport[8:]  # the header of the packet it complains about
        if quoted[16:20] == socket.inet_aton(options.target_ip):
            return f"icmp: type {transport[0]} code {transport[1]}"
        return None
    if data[26:30] != socket.inet_aton(options.target_ip) or len(transport) < 8:
        return None
    if struct.unpack("!H", transport[:2])[0] != options.port:
        return None
    if options.kind == "syn" and protocol == socket.IPPROTO_TCP and len(transport) >= 14:
        flags = transport[13]
        names = [name for bit, name in ((2, "syn"), (16, "ack"), (4, "rst"), (1, "fin")) if flags & bit]
        return "tcp: " + "+".join(names)
    if options.kind == "udp" and protocol == socket.IPPROTO_UDP:
        return "udp"
    return None


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def with_checksum(data, at, prefix=b""):
    """`data` with the internet checksum (RFC 1071) of `prefix` and `data` put in at offset `at`."""
    padded = prefix + data + bytes(len(prefix + data) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return data[:at] + struct.pack("!H", (~total & 0xFFFF) or 0xFFFF) + data[at + 2 :]


if __name__ == "__main__":
    main()
