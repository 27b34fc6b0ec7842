"""An app that knows nothing of overrides and passes on what OpenTelemetry passes on by itself.

otel-app.py PORT IDENTITY NEXT_ADDRESS NEXT_HOST: answers with its identity, then with what the next one said.
"""

import sys
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socketserver import TCPServer

from opentelemetry import context, propagate, trace
from opentelemetry.sdk.trace import TracerProvider

port, identity, address, host = sys.argv[1:]
trace.set_tracer_provider(TracerProvider())
tracer = trace.get_tracer(__name__)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        # What the instrumentation of a server and of a client do.
        incoming = {}
        for name, value in self.headers.items():
            incoming.setdefault(name.lower(), []).append(value)
        context.attach(propagate.extract(incoming))
        with tracer.start_as_current_span("call"):
            headers = {"Host": host}
            propagate.inject(headers)
            connection = HTTPConnection(address, timeout=8)
            connection.request("GET", self.path, headers=headers)
            response = connection.getresponse()
            rest = response.read().decode().strip()
            connection.close()
        body = f"{identity} {rest if response.status == 200 else f'{response.status} {rest}'.strip()}\n".encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments):
        pass


class Server(ThreadingHTTPServer):
    def server_bind(self):
        # HTTPServer's own asks DNS for a name.
        TCPServer.server_bind(self)
        self.server_name, self.server_port = identity, int(port)


Server(("0.0.0.0", int(port)), Handler).serve_forever()
