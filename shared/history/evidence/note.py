"""How is a text signed so that strangers' tools can check it? As a C2SP signed note, with Ed25519 and no options.

`<name>+<key id>+<key>` is how a key is written down; a signature names its key by name and key id.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SIGNATURE: Final = 0x01
"""Algorithm byte of a plain Ed25519 signature over the text."""
COSIGNATURE: Final = 0x04
"""Algorithm byte of cosignature/v1: a witness's signature over a time and the text."""
LARGEST: Final = 64 * 1024
MOST_SIGNATURES: Final = 64
_KEY_ID_BYTES: Final = 4
_KEY_BYTES: Final = 32
_SIGNATURE_BYTES: Final = 64
_TIME_BYTES: Final = 8
_DASH: Final = "— "
_PRIVATE: Final = "PRIVATE+KEY+"
_LATEST: Final = 2**63 - 1


class NoNote(ValueError):
    """These bytes are no signed note, or this text is no key."""


class SignatureWrong(Exception):
    """A signature that names a known key is not of that key, or not of this text."""


@dataclass(frozen=True, slots=True)
class Verifier:
    """A public key with its name: enough to check what its owner signed. NoNote for an unfit name or key."""

    name: str
    algorithm: int
    public: bytes

    def __post_init__(self) -> None:
        _check_name(self.name)
        _demand(self.algorithm in {SIGNATURE, COSIGNATURE} and len(self.public) == _KEY_BYTES, "an unknown kind of key")

    @property
    def key_id(self) -> bytes:
        """Four bytes by which signatures name the key."""
        return _key_id(self.name, self.algorithm, self.public)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{_text(bytes([self.algorithm]) + self.public)}"

    @classmethod
    def parse(cls, text: str) -> Verifier:
        """Read `<name>+<key id>+<base64 of algorithm and key>`. NoNote when it is not that, or does not fit itself."""
        name, _, rest = text.partition("+")
        key_id, _, key = rest.partition("+")
        raw = _bytes(key)
        verifier = cls(name, raw[0] if raw else 0, raw[1:])
        _demand(verifier.key_id.hex() == key_id, "the key id is not that of the key")
        return verifier

    def is_named_by(self, signature: Signature) -> bool:
        """Whether the signature claims to be of this key."""
        return (signature.name, signature.key_id) == (self.name, self.key_id)

    def check(self, text: str, signature: Signature) -> int | None:
        """SignatureWrong unless it signed this text; of a cosignature the time in it, in seconds since 1970."""
        try:
            if self.algorithm == SIGNATURE:
                self._key.verify(signature.value, text.encode())
                return None
            return self._check_cosignature(text, signature.value)
        except InvalidSignature as error:
            raise SignatureWrong(self.name) from error

    def _check_cosignature(self, text: str, value: bytes) -> int:
        time = int.from_bytes(value[:_TIME_BYTES])
        if len(value) != _TIME_BYTES + _SIGNATURE_BYTES or time > _LATEST:
            raise SignatureWrong(self.name)
        self._key.verify(value[_TIME_BYTES:], _cosigned(text, time))
        return time

    @property
    def _key(self) -> Ed25519PublicKey:
        return Ed25519PublicKey.from_public_bytes(self.public)


@dataclass(frozen=True, slots=True)
class Signer:
    """A private key with its name. It never shows itself; `secret` is its one way out."""

    name: str
    algorithm: int
    _seed: bytes = field(repr=False)

    def __post_init__(self) -> None:
        _check_name(self.name)
        _demand(self.algorithm in {SIGNATURE, COSIGNATURE} and len(self._seed) == _KEY_BYTES, "an unknown kind of key")

    @classmethod
    def new(cls, name: str, algorithm: int = SIGNATURE) -> Signer:
        """A new key."""
        return cls(name, algorithm, Ed25519PrivateKey.generate().private_bytes_raw())

    @classmethod
    def parse(cls, text: str) -> Signer:
        """Read what `secret` gave. NoNote when it is not that; the text is never shown."""
        name, _, rest = text.removeprefix(_PRIVATE).partition("+")
        key_id, _, key = rest.partition("+")
        raw = _bytes(key)
        signer = cls(name, raw[0] if raw else 0, raw[1:])
        _demand(text.startswith(_PRIVATE) and signer.verifier.key_id.hex() == key_id, "this is no private key")
        return signer

    @property
    def secret(self) -> str:
        """The private key as text, for the one file in which it is kept."""
        return f"{_PRIVATE}{self.name}+{self.verifier.key_id.hex()}+{_text(bytes([self.algorithm]) + self._seed)}"

    @property
    def verifier(self) -> Verifier:
        """The public half."""
        return Verifier(self.name, self.algorithm, self._key.public_key().public_bytes_raw())

    def sign(self, text: str) -> Signature:
        """Sign a text."""
        _demand(self.algorithm == SIGNATURE, "this key only cosigns")
        return self._signature(self._key.sign(text.encode()))

    def cosign(self, text: str, time: int) -> Signature:
        """Sign a checkpoint as a witness who has seen it continue the last one, at this second since 1970."""
        _demand(self.algorithm == COSIGNATURE, "this key only signs")
        return self._signature(time.to_bytes(_TIME_BYTES) + self._key.sign(_cosigned(text, time)))

    def _signature(self, value: bytes) -> Signature:
        return Signature(self.name, self.verifier.key_id, value)

    @property
    def _key(self) -> Ed25519PrivateKey:
        return Ed25519PrivateKey.from_private_bytes(self._seed)


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature line."""

    name: str
    key_id: bytes
    value: bytes

    def __str__(self) -> str:
        return f"{_DASH}{self.name} {_text(self.key_id + self.value)}"

    @classmethod
    def parse(cls, line: str) -> Signature:
        """Read a line without its newline. NoNote when it is none."""
        name, _, encoded = line.removeprefix(_DASH).partition(" ")
        raw = _bytes(encoded)
        _check_name(name)
        _demand(line.startswith(_DASH) and len(raw) > _KEY_ID_BYTES, "a line that is no signature")
        return cls(name, raw[:_KEY_ID_BYTES], raw[_KEY_ID_BYTES:])


@dataclass(frozen=True, slots=True)
class Note:
    """A text with its signatures, none of which is believed yet."""

    text: str
    """Ends with a newline."""
    signatures: tuple[Signature, ...] = ()

    def __str__(self) -> str:
        return self.text + "\n" + "".join(f"{each}\n" for each in self.signatures)

    def signed_by(self, *signatures: Signature) -> Note:
        """The same note with more signatures; none stands twice."""
        return Note(self.text, tuple(dict.fromkeys((*self.signatures, *signatures))))

    @classmethod
    def parse(cls, raw: bytes | str) -> Note:
        """Read a signed note. NoNote when it is none."""
        whole = raw if isinstance(raw, str) else _utf8(raw)
        text, gap, rest = whole.rpartition("\n\n")
        lines = rest.split("\n")
        _demand(
            gap and not lines.pop() and 0 < len(lines) <= MOST_SIGNATURES and len(whole) <= LARGEST, "no signed note"
        )
        _demand(all(character >= " " or character == "\n" for character in whole), "a control character")
        return cls(text + "\n", tuple(Signature.parse(line) for line in lines))

    def verified(self, verifiers: Iterable[Verifier]) -> dict[Verifier, int | None]:
        """Which of these keys signed it, with the time of cosignatures. SignatureWrong where one is named and did not.

        Signatures of other keys are passed over.
        """
        return {
            verifier: verifier.check(self.text, signature)
            for verifier in verifiers
            for signature in self.signatures
            if verifier.is_named_by(signature)
        }


def _demand(holds: object, otherwise: str) -> None:
    if not holds:
        raise NoNote(otherwise)


def _cosigned(text: str, time: int) -> bytes:
    return f"cosignature/v1\ntime {time}\n{text}".encode()


def _key_id(name: str, algorithm: int, public: bytes) -> bytes:
    return hashlib.sha256(name.encode() + b"\n" + bytes([algorithm]) + public).digest()[:_KEY_ID_BYTES]


def _check_name(name: str) -> None:
    _demand(
        name and "+" not in name and not any(each.isspace() or unicodedata.category(each)[0] in "CZ" for each in name),
        "a key's name is not empty and has neither spaces nor +",
    )


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


def _bytes(text: str) -> bytes:
    """Base64 in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise NoNote from error
    _demand(_text(raw) == text, "base64 in another spelling")
    return raw


def _utf8(raw: bytes) -> str:
    try:
        return raw.decode()
    except UnicodeDecodeError as error:
        raise NoNote from error
