"""Which PostgreSQL is measured? One of the bench's own, with a commit that is a commit: fsync and full pages on."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.rounds import NotRun
from shared.operations.leash import leashed
from tests.support.servers import NoPostgres, PostgresServer, _binaries, _identity
from tests.support.waiting import until


@contextmanager
def postgres_server() -> Iterator[PostgresServer | NotRun]:
    """A durable server in a folder of its own for as long as the context lasts, or why there is none."""
    folder = Path(tempfile.mkdtemp(prefix="nennep-bench-"))
    process: subprocess.Popen[bytes] | None = None
    try:
        try:
            identity = _identity()
            if identity is not None:
                os.chown(folder, *identity)
            server = PostgresServer(folder, _binaries(folder, identity))
            process = _start(server, identity)
        except NoPostgres as reason:
            yield NotRun(f"no PostgreSQL: {reason}")
            return
        yield server
    finally:
        if process is not None:
            process.send_signal(signal.SIGQUIT)
            process.wait(60)
        shutil.rmtree(folder, ignore_errors=True)


def _start(server: PostgresServer, identity: tuple[int, int] | None) -> subprocess.Popen[bytes]:
    folder, binaries = server.folder, server.binaries
    data, log = folder / "data", folder / "log"
    initdb = [str(binaries / "initdb"), "-D", str(data), "-U", "postgres", "-E", "UTF8", "--auth=trust"]
    made = subprocess.run(
        leashed([*initdb, "--locale=C.UTF-8"], user=identity), check=False, capture_output=True, text=True, cwd=folder
    )
    if made.returncode != 0:
        raise NoPostgres(made.stderr.strip())
    settings = {"listen_addresses": "", "unix_socket_directories": str(folder), "max_connections": "300"}
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    with log.open("wb") as output:
        process = subprocess.Popen(
            leashed([str(binaries / "postgres"), "-D", str(data), *options], user=identity),
            stdout=output,
            stderr=output,
            cwd=folder,
            start_new_session=True,
        )
    until(lambda: process.poll() is not None or server.answers(), timeout=30)
    if process.poll() is not None:
        raise NoPostgres(log.read_text())
    return process
