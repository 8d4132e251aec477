"""Reads what a controller has sent, by os-ken, and prints a line for each message.

usage: read.py FILE

Messages that os-ken can read it reads, and writes again. Those that only a controller sends it can
only write; these it writes from the fields that its own layouts find. Either way the bytes must be
the same as those sent, or the line begins with "differs".
"""
import struct
import sys

from os_ken.ofproto import ofproto_parser, ofproto_protocol
from os_ken.ofproto import ofproto_v1_4 as ofp
from os_ken.ofproto import ofproto_v1_4_parser as ofpp

DATAPATH = ofproto_protocol.ProtocolDesc(version=ofp.OFP_VERSION)
FLOW_COMMANDS = {ofp.OFPFC_ADD: "add", ofp.OFPFC_DELETE: "delete", ofp.OFPFC_DELETE_STRICT: "delete_strict"}
METER_COMMANDS = {ofp.OFPMC_ADD: "add", ofp.OFPMC_MODIFY: "modify", ofp.OFPMC_DELETE: "delete"}
METER_FLAGS = ((ofp.OFPMF_KBPS, "kbps"), (ofp.OFPMF_PKTPS, "pktps"), (ofp.OFPMF_BURST, "burst"), (ofp.OFPMF_STATS, "stats"))
BUNDLE_TYPES = {
    ofp.OFPBCT_OPEN_REQUEST: "open",
    ofp.OFPBCT_CLOSE_REQUEST: "close",
    ofp.OFPBCT_COMMIT_REQUEST: "commit",
    ofp.OFPBCT_DISCARD_REQUEST: "discard",
}
ROLES = {ofp.OFPCR_ROLE_NOCHANGE: "nochange", ofp.OFPCR_ROLE_EQUAL: "equal", ofp.OFPCR_ROLE_MASTER: "master", ofp.OFPCR_ROLE_SLAVE: "slave"}
HEXADECIMAL = {"metadata", "tcp_flags", "eth_type"}


def hexadecimal(value):
    return "0x%x" % value


def field(name, value):
    show = hexadecimal if name in HEXADECIMAL else str
    return "/".join(show(part) for part in value) if isinstance(value, tuple) else show(value)


def pairs(match):
    return ",".join(sorted("%s=%s" % (name, field(name, value)) for name, value in match.items()))


def port(number):
    return "controller" if number == ofp.OFPP_CONTROLLER else "in_port" if number == ofp.OFPP_IN_PORT else str(number)


def action(each):
    if isinstance(each, ofpp.OFPActionOutput):
        return "output(%s,%d)" % (port(each.port), each.max_len)
    if isinstance(each, ofpp.OFPActionSetField):
        return "set(%s=%s)" % (each.key, field(each.key, each.value))
    raise ValueError("no action of ours: %s" % each)


def instruction(each):
    if isinstance(each, ofpp.OFPInstructionGotoTable):
        return "goto(%d)" % each.table_id
    if isinstance(each, ofpp.OFPInstructionWriteMetadata):
        return "write_metadata(0x%x/0x%x)" % (each.metadata, each.metadata_mask)
    if isinstance(each, ofpp.OFPInstructionMeter):
        return "meter(%d)" % each.meter_id
    if isinstance(each, ofpp.OFPInstructionActions) and each.type == ofp.OFPIT_APPLY_ACTIONS:
        return "apply(%s)" % ",".join(action(a) for a in each.actions)
    raise ValueError("no instruction of ours: %s" % each)


def flow_mod(message):
    unused = (message.idle_timeout, message.hard_timeout, message.flags, message.importance)
    limits = (message.buffer_id, message.out_port, message.out_group)
    if unused != (0, 0, 0, 0) or limits != (ofp.OFP_NO_BUFFER, ofp.OFPP_ANY, ofp.OFPG_ANY):
        raise ValueError("timeouts, flags or limits: %s" % message)
    return "flow_mod %s table=%d priority=%d cookie=0x%x/0x%x match=[%s] then=[%s]" % (
        FLOW_COMMANDS[message.command],
        message.table_id,
        message.priority,
        message.cookie,
        message.cookie_mask,
        pairs(message.match),
        " ".join(instruction(i) for i in message.instructions),
    )


def meter_mod(message):
    flags = ",".join(name for bit, name in METER_FLAGS if message.flags & bit)
    if message.flags & ~sum(bit for bit, _ in METER_FLAGS):
        raise ValueError("flags of no meter of ours: %s" % message)
    if not all(isinstance(band, ofpp.OFPMeterBandDrop) for band in message.bands):
        raise ValueError("bands of no meter of ours: %s" % message)
    bands = ",".join("drop rate=%d burst=%d" % (b.rate, b.burst_size) for b in message.bands)
    return "meter_mod %s meter=%d flags=[%s] bands=[%s]" % (METER_COMMANDS[message.command], message.meter_id, flags, bands)


def bundle_flags(flags):
    if flags != ofp.OFPBF_ATOMIC | ofp.OFPBF_ORDERED:
        raise ValueError("a bundle's flags: %d" % flags)
    return "atomic,ordered"


def bundle_control(message):
    bundle_flags(message.flags)
    return "bundle_control %s" % BUNDLE_TYPES[message.type]


def hello(message):
    return "hello versions=%s" % message.elements[0].versions


def error(message):
    return "error type=%d code=%d" % (message.type, message.code)


READ = {
    ofp.OFPT_HELLO: hello,
    ofp.OFPT_ERROR: error,
    ofp.OFPT_ECHO_REQUEST: lambda message: "echo_request",
    ofp.OFPT_ECHO_REPLY: lambda message: "echo_reply data=%s" % bytes(message.data).hex(),
    ofp.OFPT_FLOW_MOD: flow_mod,
    ofp.OFPT_METER_MOD: meter_mod,
    ofp.OFPT_BUNDLE_CONTROL: bundle_control,
}


def fields(layout, data, offset=ofp.OFP_HEADER_SIZE):
    return struct.unpack_from(layout, data, offset)


def features_request(data):
    return ofpp.OFPFeaturesRequest(DATAPATH), "features_request"


def barrier_request(data):
    return ofpp.OFPBarrierRequest(DATAPATH), "barrier_request"


def set_config(data):
    flags, length = fields(ofp.OFP_SWITCH_CONFIG_PACK_STR, data)
    return ofpp.OFPSetConfig(DATAPATH, flags, length), "set_config flags=%d miss_send_len=%d" % (flags, length)


def role_request(data):
    role, generation = fields(ofp.OFP_ROLE_REQUEST_PACK_STR, data)
    return ofpp.OFPRoleRequest(DATAPATH, role, generation), "role_request %s generation=%d" % (ROLES[role], generation)


def multipart_request(data):
    kind, _ = fields(ofp.OFP_MULTIPART_REQUEST_PACK_STR, data)
    body = ofp.OFP_MULTIPART_REQUEST_SIZE
    if kind in (ofp.OFPMP_METER_CONFIG, ofp.OFPMP_METER):
        config = kind == ofp.OFPMP_METER_CONFIG
        request = ofpp.OFPMeterConfigStatsRequest if config else ofpp.OFPMeterStatsRequest
        return request(DATAPATH, 0, ofp.OFPM_ALL), "multipart_request meter%s all" % ("_config" if config else "")
    request, name = {
        ofp.OFPMP_FLOW: (ofpp.OFPFlowStatsRequest, "flow"),
        ofp.OFPMP_AGGREGATE: (ofpp.OFPAggregateStatsRequest, "aggregate"),
    }[kind]
    table = data[body]
    everything = request(DATAPATH, 0, table, ofp.OFPP_ANY, ofp.OFPG_ANY, 0, 0, ofpp.OFPMatch())
    return everything, "multipart_request %s table=%d" % (name, table)


def bundle_add(data):
    bundle, flags = fields(ofp.OFP_BUNDLE_ADD_MSG_0_PACK_STR, data)
    inside, line = one(data[ofp.OFP_HEADER_SIZE + 8 :])
    return ofpp.OFPBundleAddMsg(DATAPATH, bundle, flags, inside, []), "bundle_add %s: %s" % (bundle_flags(flags), line)


WRITE = {
    ofp.OFPT_FEATURES_REQUEST: features_request,
    ofp.OFPT_BARRIER_REQUEST: barrier_request,
    ofp.OFPT_SET_CONFIG: set_config,
    ofp.OFPT_ROLE_REQUEST: role_request,
    ofp.OFPT_MULTIPART_REQUEST: multipart_request,
    ofp.OFPT_BUNDLE_ADD_MESSAGE: bundle_add,
}


def one(data):
    """os-ken's message, and the line for it."""
    version, kind, length, xid = ofproto_parser.header(data)
    if version != ofp.OFP_VERSION or length != len(data):
        raise ValueError("version %d, length %d of %d" % (version, length, len(data)))
    if kind in READ:
        message = ofproto_parser.msg(DATAPATH, version, kind, length, xid, data)
        line = READ[kind](message)
    else:
        message, line = WRITE[kind](data)
        message.set_xid(xid)
    if kind == ofp.OFPT_HELLO:
        # Read whole, but written without its elements by os-ken.
        return message, line
    message.serialize()
    if bytes(message.buf) != data:
        line = "differs: %s: sent %s, and os-ken writes %s" % (line, data.hex(), bytes(message.buf).hex())
    return message, line


def main(path):
    with open(path, "rb") as file:
        sent = file.read()
    while sent:
        length = struct.unpack_from("!H", sent, 2)[0]
        data, sent = sent[:length], sent[length:]
        try:
            print(one(data)[1])
        except Exception as e:
            print("unreadable: %s: %s: %s" % (data.hex(), type(e).__name__, e))


main(sys.argv[1])
