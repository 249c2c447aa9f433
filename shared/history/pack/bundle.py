"""Which bytes is a pack? A ZIP archive without chance in it: members in order, one fixed time, its own digest."""

from __future__ import annotations

import hashlib
import shutil
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO, Final

from shared.history.replay.canonical import canonical

MANIFEST: Final = "manifest.json"
MARK: Final = b"nennep-audit-pack sha256 "
LARGEST: Final = 2**31 - 1
"""Neither a member nor the file is larger."""
_DIGEST: Final = 64
_CHUNK: Final = 2**20
_LONG_AGO: Final = (1980, 1, 1, 0, 0, 0)
_UNIX: Final = 3
_READABLE: Final = 0o100644 << 16


class PackTooLarge(Exception):
    """A member, or the file, would reach 2 GiB."""


def write_bundle(file: Path, said: Mapping[str, Any], members: Mapping[str, Path], *, deflated: bool = False) -> str:
    """Write the archive of these members, with `said` and their digests in its manifest; the manifest's SHA-256.

    Stored members give the same file on every machine; deflated ones a smaller file.
    """
    digests = {name: _digest(path) for name, path in sorted(members.items())}
    manifest = canonical({**said, "members": digests}) + b"\n"
    method = zipfile.ZIP_DEFLATED if deflated else zipfile.ZIP_STORED
    try:
        with zipfile.ZipFile(file, "w", allowZip64=False) as archive:
            archive.writestr(_info(MANIFEST, method), manifest)
            for name, path in sorted(members.items()):
                with path.open("rb") as content, archive.open(_info(name, method), "w") as member:
                    shutil.copyfileobj(content, member, _CHUNK)
            archive.comment = MARK + b"0" * _DIGEST
    except (zipfile.LargeZipFile, RuntimeError) as error:
        raise PackTooLarge(str(error)) from error
    seal_bundle(file)
    return hashlib.sha256(manifest).hexdigest()


def seal_bundle(file: Path) -> None:
    """Write the digest of all that stands before it at the end of an archive with such a comment."""
    with file.open("r+b") as opened:
        digest = _hashed(opened, opened.seek(0, 2) - _DIGEST)
        opened.seek(-_DIGEST, 2)
        opened.write(digest.encode())


def _info(name: str, method: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, _LONG_AGO)
    info.compress_type, info.create_system, info.external_attr = method, _UNIX, _READABLE
    return info


def _digest(path: Path) -> dict[str, Any]:
    length = path.stat().st_size
    if length > LARGEST:
        raise PackTooLarge(path.name)
    with path.open("rb") as content:
        return {"length": length, "sha256": _hashed(content, length)}


def _hashed(opened: BinaryIO, length: int) -> str:
    digest, left = hashlib.sha256(), length
    opened.seek(0)
    while piece := opened.read(min(_CHUNK, left)):
        digest.update(piece)
        left -= len(piece)
    return digest.hexdigest()
