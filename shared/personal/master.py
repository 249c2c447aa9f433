"""Under what do the keys of persons lie? A master key from outside, which wraps each of them; the first one wraps.

Those after the first only open what was wrapped earlier: a rotation puts a new one in front and wraps all anew.
"""

from __future__ import annotations

import hashlib
import os
import secrets
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FILE: Final = "master.key"
"""Where a deployment on one machine keeps the master key that nobody gave it, in its data folder."""
_LEAST_CHARACTERS: Final = 32
_LEAST_VARIETY: Final = 10
_PLACEHOLDERS: Final = ("change", "default", "example", "placeholder", "password", "master", "secret", "0123456789")
"""Words that stand in secrets which nobody chose."""
_NONCE: Final = 12


class MasterKeyRefused(ValueError):
    """The master key is missing, short, or one that everybody knows. It is never shown."""


class MasterKeyMissing(ValueError):
    """What lies here was wrapped under a master key that was not given."""


class MasterKey:
    """One master key, and the name by which what it wrapped is known."""

    __slots__ = ("_cipher", "id")

    def __init__(self, text: str) -> None:
        if len(text) < _LEAST_CHARACTERS or len(set(text)) < _LEAST_VARIETY:
            message = "NENNEP_MASTER_KEY needs at least 32 characters, chosen at random"
            raise MasterKeyRefused(message)
        if any(word in text.lower() for word in _PLACEHOLDERS):
            message = "NENNEP_MASTER_KEY is a placeholder: choose 32 characters at random"
            raise MasterKeyRefused(message)
        derived = HKDF(SHA256(), 32, None, b"nennep master key 1").derive(text.encode(errors="surrogateescape"))
        self._cipher = AESGCM(derived)
        self.id = hashlib.sha256(b"nennep master key id 1" + derived).hexdigest()[:16]

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"

    def wrap(self, key: bytes, bound_to: bytes) -> bytes:
        """The key, readable again only under this master key and for the same thing."""
        nonce = os.urandom(_NONCE)
        return nonce + self._cipher.encrypt(nonce, key, bound_to)

    def unwrap(self, wrapped: bytes, bound_to: bytes) -> bytes:
        """The key again. MasterKeyMissing when it was not wrapped so."""
        try:
            return self._cipher.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], bound_to)
        except InvalidTag as error:
            message = "a key does not open"
            raise MasterKeyMissing(message) from error


class MasterKeys:
    """The master key that wraps, and earlier ones that still open."""

    def __init__(self, texts: Iterable[str]) -> None:
        """MasterKeyRefused for none at all, and for one that is none."""
        keys = [MasterKey(text) for text in texts]
        if not keys:
            message = "NENNEP_MASTER_KEY or NENNEP_MASTER_KEY_FILE is missing"
            raise MasterKeyRefused(message)
        self.first = keys[0]
        self._by_id = {key.id: key for key in keys}

    def __repr__(self) -> str:
        return f"MasterKeys({', '.join(self._by_id)})"

    @property
    def ids(self) -> frozenset[str]:
        """Every master key that opens something here."""
        return frozenset(self._by_id)

    def of(self, id: str) -> MasterKey:
        """The master key of that name. MasterKeyMissing when it was not given."""
        if id not in self._by_id:
            message = f"wrapped under the master key {id}, which was not given"
            raise MasterKeyMissing(message)
        return self._by_id[id]

    @classmethod
    def read(cls, file: Path) -> MasterKeys:
        """One key a line, the one that wraps first."""
        try:
            lines = file.read_text(encoding="utf-8").split()
        except OSError as error:
            message = f"NENNEP_MASTER_KEY_FILE cannot be read ({error.strerror})"
            raise MasterKeyRefused(message) from error
        return cls(lines)


def make_file(file: Path) -> None:
    """Make a file with a new master key, readable to its owner only, unless there is one."""
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    replace(file, [new_text()])


def new_text() -> str:
    """A new master key as text."""
    return secrets.token_urlsafe(48)


def replace(file: Path, texts: Iterable[str]) -> None:
    """Write the file whole or not at all, for its owner only, safe from a power cut."""
    written = file.with_suffix(".new")
    with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as opened:
        opened.writelines(f"{text}\n" for text in texts)
        opened.flush()
        os.fsync(opened.fileno())
    written.replace(file)
