"""What does the supervisor ask of a service? This program gives just that; its name says how it misbehaves."""

from __future__ import annotations

import json
import os
import signal
import sys
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class Answers(BaseHTTPRequestHandler):
    """`/readyz`, and at any other address what the environment says."""

    def do_GET(self) -> None:
        """Answer with the settings that this process was given."""
        told = {name: value for name, value in os.environ.items() if name.startswith("NENNEP_")}
        body = json.dumps(told).encode()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(name: str) -> None:
    """Listen until asked to stop; `broken` never listens, `stubborn` does not hear."""
    if name == "broken":
        sys.exit("cannot open the store")
    signal.signal(signal.SIGTERM, signal.SIG_IGN if name == "stubborn" else lambda *_: sys.exit(0))
    with ThreadingHTTPServer(("127.0.0.1", int(os.environ["NENNEP_PORT"])), Answers) as server:
        server.daemon_threads = True
        listening = json.dumps({"listening": f"http://127.0.0.1:{server.server_port}"})
        sys.stdout.write(f"hello from {name}\n{listening}\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main(sys.argv[1])
