"""A gRPC server that answers every call with what it was told to: grpc-echo.py PORT ANSWER"""

import sys
from concurrent import futures

import grpc

port, answer = sys.argv[1:]


class Echo(grpc.GenericRpcHandler):
    def service(self, call):
        return grpc.unary_unary_rpc_method_handler(lambda request, context: answer.encode())


server = grpc.server(futures.ThreadPoolExecutor(max_workers=4), handlers=[Echo()])
server.add_insecure_port(f"0.0.0.0:{port}")
server.start()
server.wait_for_termination()
