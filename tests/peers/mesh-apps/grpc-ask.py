"""A gRPC client: grpc-ask.py ADDRESS AUTHORITY. Each line of standard input is a call's metadata, a JSON list of pairs.
Prints a line for each: the answer, or the status."""

import json
import sys

import grpc

address, authority = sys.argv[1:]
# A proxy that the environment names is no part of the mesh.
options = [("grpc.default_authority", authority), ("grpc.enable_http_proxy", 0)]
with grpc.insecure_channel(address, options=options) as channel:
    call = channel.unary_unary("/echo.Echo/Say", request_serializer=None, response_deserializer=None)
    for line in sys.stdin:
        metadata = [(name, value) for name, value in json.loads(line)]
        try:
            print(call(b"", metadata=metadata, timeout=5).decode(), flush=True)
        except grpc.RpcError as error:
            print(f"{error.code().name} {error.details()}", flush=True)
