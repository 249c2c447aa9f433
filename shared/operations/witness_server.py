"""How does a witness listen? A small server of the standard library takes checkpoints and shows what is held."""

from __future__ import annotations

import json
import signal
import sys
import threading
import time
import urllib.parse
from collections.abc import Iterable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Final

import msgspec

from shared.history.evidence.note import NoNote, Verifier
from shared.history.evidence.witness import JSON, LARGEST, TEXT, Answer, Witness
from shared.operations.machine import CannotStart, lock, make_writable

PATIENCE: Final = 20.0
"""Seconds for one read of a request."""
AT_ONCE: Final = 4
"""Submissions in memory; more are asked to come again."""


class WitnessServer(ThreadingHTTPServer):
    """Serves one witness until it is shut down."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, host: str, port: int, witness: Witness) -> None:
        self.witness = witness
        self.room = threading.BoundedSemaphore(AT_ONCE)
        super().__init__((host, port), _Conversation)

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://{self.server_address[0]!s}:{self.server_address[1]}"


class _Conversation(BaseHTTPRequestHandler):
    server: WitnessServer
    protocol_version = "HTTP/1.1"
    timeout = PATIENCE
    disable_nagle_algorithm = True
    """An answer's body does not wait until its head is acknowledged."""

    def do_GET(self) -> None:
        """`/key`, and `/held?origin=…`."""
        address = urllib.parse.urlsplit(self.path)
        if address.path == "/key":
            self._answer(Answer(200, f"{self.server.witness.verifier}\n".encode()))
            return
        origins = urllib.parse.parse_qs(address.query).get("origin", [])
        held = self.server.witness.held(origins[0]) if address.path == "/held" and len(origins) == 1 else None
        if held is None:
            self._answer(Answer(404, b"nothing here\n"))
        else:
            self._answer(Answer(200, msgspec.json.encode(held), JSON))

    def do_POST(self) -> None:
        """`/add-checkpoint`."""
        length = self.headers.get("content-length", "")
        self.close_connection = True
        if self.path != "/add-checkpoint":
            self._answer(Answer(404, b"nothing here\n"))
        elif not (length.isascii() and length.isdigit() and len(length) <= len(str(LARGEST))):
            self._answer(Answer(411, b"length\n"))
        elif int(length) > LARGEST:
            self._answer(Answer(413, b"too large\n"))
        elif not self.server.room.acquire(blocking=False):
            self._answer(Answer(503, b"busy\n"))
        else:
            try:
                self._answer(self._add(int(length)))
            finally:
                self.server.room.release()

    def _add(self, length: int) -> Answer:
        return self.server.witness.add(self.rfile.read(length))

    def _answer(self, answer: Answer) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.media or TEXT)
        self.send_header("Content-Length", str(len(answer.body)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer.body)

    def log_message(self, *_: object) -> None:
        """Nothing: a line a request says nothing that the folder does not."""


def open_witness(folder: Path, name: str, logs: Iterable[str]) -> Witness:
    """The witness of a folder that this process owns from now on; `logs` are verifier keys, kept in `logs.txt`."""
    make_writable(folder)
    lock(folder / "lock")
    file = folder / "logs.txt"
    known = file.read_text(encoding="utf-8").split() if file.exists() else []
    keys = list(dict.fromkeys((*known, *logs)))
    try:
        verifiers = [Verifier.parse(each) for each in keys]
        witness = Witness(folder, name, verifiers, time.time)
    except NoNote as error:
        message = f"khóa hoặc tên không đúng / wrong key or name: {error}"
        raise CannotStart(message) from error
    file.write_text("".join(f"{each}\n" for each in keys), encoding="utf-8")
    return witness


def serve_witness(folder: Path, name: str, logs: Iterable[str], host: str, port: int) -> None:
    """Run until SIGTERM or Ctrl-C; once it listens it prints one line of JSON with address and key."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    witness = open_witness(folder, name, logs)
    try:
        server = WitnessServer(host, port, witness)
    except OSError as error:
        message = f"cổng {port} không dùng được / port {port} cannot be used: {error.strerror}"
        raise CannotStart(message) from error
    print(json.dumps({"listening": server.url, "key": str(witness.verifier)}), flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        print(file=sys.stderr)
    finally:
        server.server_close()
