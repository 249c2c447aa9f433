"""Is this workbook safe to open? Its directory is read first, then every part is unpacked once within the limits.

An .xlsx is a ZIP of XML. What unpacks to more than it says, holds programs, points outside or declares entities is
refused by name before any reader of spreadsheets sees it.
"""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Final

from shared.sheets.errors import SheetRefused

MOST_PARTS: Final = 1_000
MOST_SHEETS: Final = 60
MOST_UNPACKED: Final = 100 * 2**20
"""Bytes of all parts together; 20,000 rows of 20 columns take about 25 MiB."""
MOST_EXPANSION: Final = 250
"""Times that a part larger than `SMALL` may grow."""
SMALL: Final = 2**20
CHUNK: Final = 2**18

_END: Final = b"PK\x05\x06"
_METHODS: Final = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
_ENCRYPTED: Final = 0x1
_MACROS: Final = re.compile(r"vbaproject|vbadata|macrosheets/|dialogsheets/|activex/|customui|\.bas$", re.IGNORECASE)
_OUTSIDE: Final = re.compile(
    r"externallinks?/|connections\.xml|querytables?/|webextensions?/|embeddings/", re.IGNORECASE
)
_ARCHIVES: Final = re.compile(r"\.(zip|7z|rar|gz|xlsx|xlsm|docx|jar|tar)$", re.IGNORECASE)
_MACRO_TYPES: Final = re.compile(rb"macroEnabled|vbaProject|ms-excel\.sheet\.binary", re.IGNORECASE)
_RELATION: Final = re.compile(rb"<(?:\w+:)?Relationship\b[^>]*>", re.IGNORECASE)
_SHEET: Final = re.compile(r"xl/worksheets/[^/]+\.xml", re.IGNORECASE)


def check_parcel(data: bytes) -> None:
    """SheetRefused, naming why, unless the workbook can be opened safely."""
    parts = _directory(data)
    _check_directory(parts, len(data))
    unpacked = 0
    for part in parts:
        unpacked += _check_part(data, part, MOST_UNPACKED - unpacked)


def _directory(data: bytes) -> list[zipfile.ZipInfo]:
    end = data.rfind(_END, max(0, len(data) - 66_000))
    if end < 0 or len(data) < end + 22:
        raise SheetRefused("broken")
    (entries,) = struct.unpack_from("<H", data, end + 10)
    if entries > MOST_PARTS:
        raise SheetRefused("too-many-parts")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as parcel:
            return parcel.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, OverflowError, struct.error) as error:
        raise SheetRefused("broken") from error


def _check_directory(parts: list[zipfile.ZipInfo], size: int) -> None:
    names = [part.orig_filename for part in parts]
    for reason, wrong in (
        ("too-many-parts", len(parts) > MOST_PARTS),
        ("path-escape", any(_escapes(name) for name in names)),
        ("part-twice", len({name.lower() for name in names}) < len(names)),
        ("encrypted", any(part.flag_bits & _ENCRYPTED for part in parts)),
        ("broken", any(part.compress_type not in _METHODS for part in parts)),
        ("macros", any(_MACROS.search(name) for name in names)),
        ("outside-links", any(_OUTSIDE.search(name) for name in names)),
        ("archive-inside", any(_ARCHIVES.search(name) for name in names)),
        ("too-many-sheets", sum(1 for name in names if _SHEET.fullmatch(name)) > MOST_SHEETS),
        ("not-a-workbook", not {"[Content_Types].xml", "xl/workbook.xml"} <= set(names)),
    ):
        if wrong:
            raise SheetRefused(reason)
    _check_sizes(parts, size)


def _check_sizes(parts: list[zipfile.ZipInfo], size: int) -> None:
    """What the directory says of sizes; what is true of them is seen when the parts are unpacked."""
    if sum(part.file_size for part in parts) > MOST_UNPACKED or sum(part.compress_size for part in parts) > size:
        raise SheetRefused("expands-too-much")
    if any(part.file_size > SMALL and part.file_size > MOST_EXPANSION * part.compress_size for part in parts):
        raise SheetRefused("expands-too-much")


def _escapes(name: str) -> bool:
    return name.startswith(("/", "\\")) or "\\" in name or ":" in name or "\0" in name or ".." in name.split("/")


def _check_part(data: bytes, part: zipfile.ZipInfo, room: int) -> int:
    """Unpack one part and look at what it says. The number of bytes that it came to."""
    text = part.filename.lower().endswith((".xml", ".rels", ".vml"))
    unpacked, head, before = 0, b"", b""
    try:
        for chunk in _unpacked(data, part):
            unpacked += len(chunk)
            if unpacked > min(room, part.file_size):
                raise SheetRefused("expands-too-much")
            head = head or chunk[:4]
            if text:
                _check_text(part.filename, before + chunk)
                before = chunk[-64:]
    except zlib.error as error:
        raise SheetRefused("broken") from error
    if unpacked != part.file_size:
        raise SheetRefused("broken")
    if head == b"PK\x03\x04":
        raise SheetRefused("archive-inside")
    if part.filename.lower().endswith(".rels"):
        _check_relations(part.filename, b"".join(_unpacked(data, part)))
    return unpacked


def _unpacked(data: bytes, part: zipfile.ZipInfo) -> Iterator[bytes]:
    """The part's bytes as they are packed, whatever its directory says of their number."""
    start = part.header_offset
    if data[start : start + 4] != b"PK\x03\x04":
        raise SheetRefused("broken")
    name, extra = struct.unpack_from("<HH", data, start + 26)
    start += 30 + name + extra
    packed = memoryview(data)[start : start + part.compress_size]
    if part.compress_type == zipfile.ZIP_STORED:
        yield bytes(packed)
        return
    engine = zlib.decompressobj(-15)
    rest = bytes(packed)
    while rest and not engine.eof:
        yield engine.decompress(rest, CHUNK)
        rest = engine.unconsumed_tail
    yield engine.flush(CHUNK)


def _check_text(name: str, text: bytes) -> None:
    """What no part of a workbook may say. UTF-16 is refused with it: Excel writes UTF-8, and nothing hides in it."""
    if text[:2] in {b"\xff\xfe", b"\xfe\xff"} or b"<!DOCTYPE" in text or b"<!ENTITY" in text or b"\0" in text:
        raise SheetRefused("entities")
    if name == "[Content_Types].xml" and _MACRO_TYPES.search(text):
        raise SheetRefused("macros")


def _check_relations(name: str, text: bytes) -> None:
    """Links in cells may lead outside, nobody follows them; nothing else may."""
    for relation in _RELATION.findall(text):
        if b'"External"' in relation and not (b"/hyperlink" in relation and "/worksheets/" in name):
            raise SheetRefused("outside-links")
