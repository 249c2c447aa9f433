"""In which files does a text or a key still lie, however it is written there?"""

from __future__ import annotations

import base64
import os
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def spelled(text: str) -> set[bytes]:
    """Every way in which a text may lie in a file."""
    forms = {unicodedata.normalize(form, text) for form in ("NFC", "NFD")} | {text.replace(" ", "")}
    escaped = {form.encode("ascii", "backslashreplace") for form in forms}
    coded = {base64.b64encode(form.encode()).rstrip(b"=")[:-1] for form in forms}
    return {each for form in forms for each in (form.encode(), form.encode("utf-16-le"))} | escaped | coded


def secret_forms(secret: bytes) -> set[bytes]:
    """Every way in which a key may lie in a file."""
    return {secret, base64.b64encode(secret).rstrip(b"=")[:-1], secret.hex().encode(), secret.hex().upper().encode()}


def files_with(folder: Path, needles: Iterable[bytes]) -> dict[str, bytes]:
    """Which files of a running system hold one of these."""
    wanted, found = list(needles), dict[str, bytes]()
    for where, _, names in os.walk(folder):
        for path in (Path(where, name) for name in sorted(names)):
            # What runs takes files away at any time, its own journals among them.
            with suppress(FileNotFoundError):
                content = path.read_bytes() if path.is_file() else b""
                found |= {str(path.relative_to(folder)): needle for needle in wanted if needle in content}
    return found
