"""A proxyless gRPC client for tests: reads commands from standard input, one a line, and answers
on standard output. See ForeignClient.java for the commands."""

import sys

import grpc
import grpc_csds
from envoy.service.status.v3 import csds_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

channels = {}


def one_line(text):
    return " ".join(text.split())


def call(target, seconds):
    if target not in channels:
        channels[target] = grpc.insecure_channel(target)
    stub = health_pb2_grpc.HealthStub(channels[target])
    try:
        answer, state = stub.Check.with_call(
            health_pb2.HealthCheckRequest(), timeout=int(seconds)
        )
        header = dict(state.initial_metadata()).get("replica", "")
        name = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
        return f"ok {header} {name}"
    except grpc.RpcError as error:
        code = error.code().name.replace("_", "")
        return f"error {code} {one_line(error.details() or '')}"


def dump():
    servicer = grpc_csds.ClientStatusDiscoveryServiceServicer
    answer = servicer.FetchClientStatus(csds_pb2.ClientStatusRequest(), None)
    for config in answer.config:
        for resource in config.generic_xds_configs:
            field = resource.DESCRIPTOR.fields_by_name["client_status"]
            status = field.enum_type.values_by_number[resource.client_status].name
            print(
                resource.type_url,
                resource.name,
                status,
                "v:" + resource.version_info,
                one_line(resource.error_state.details),
            )
    print("end")


for line in sys.stdin:
    words = line.split()
    if words[0] == "call":
        print(call(words[1], words[2]))
    elif words[0] == "close":
        channel = channels.pop(words[1], None)
        if channel:
            channel.close()
        print("ok")
    elif words[0] == "dump":
        dump()
    else:
        raise ValueError(line)
    sys.stdout.flush()
