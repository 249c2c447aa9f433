"""How does a child die with its parent? It is started through this script, which uses nothing but the standard library.

`python -I -S leash.py PARENT [--user UID:GID] COMMAND…`: on Linux the kernel is asked to kill the process when the
parent ends, and the script turns into the command, so that its process id is the command's own. Elsewhere it stays,
passes signals on, and ends the command when the parent is gone.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

PR_SET_PDEATHSIG = 1
LOOK = 0.5
"""Seconds between two looks at the parent where the kernel does not tell."""


def leashed(command: list[str], *, user: tuple[int, int] | None = None) -> list[str]:
    """The command that runs `command` on this process's leash, as another user (user id, group id) if asked.

    Start it from a thread that lives as long as the child may: to Linux the parent is the thread, not the process.
    """
    identity = [] if user is None else ["--user", f"{user[0]}:{user[1]}"]
    return [sys.executable, "-I", "-S", str(Path(__file__)), str(os.getpid()), *identity, *command]


def main(arguments: list[str]) -> None:
    """Become the command, or watch over it."""
    parent, command = int(arguments[0]), arguments[1:]
    if command[0] == "--user":
        uid, gid = command[1].split(":")
        os.setgroups([])
        os.setgid(int(gid))
        os.setuid(int(uid))
        command = command[2:]
    if sys.platform != "linux":
        watch(parent, command)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() == parent:
        os.execv(command[0], command)  # noqa: S606 -- it shall become exactly this program, without a shell


def watch(parent: int, command: list[str]) -> None:
    """Run the command, pass SIGTERM on, kill it when the parent is gone, end with its exit code."""
    child = subprocess.Popen(command, close_fds=False)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    while child.poll() is None:
        if os.getppid() != parent:
            child.kill()
        time.sleep(LOOK)
    sys.exit(child.returncode if child.returncode >= 0 else 128 - child.returncode)


if __name__ == "__main__":
    main(sys.argv[1:])
