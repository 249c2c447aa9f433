"""Which files mean harm? Thirty of them, each built here, with the reason for which it must be refused."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

TYPES: Final = (
    '<?xml version="1.0" encoding="UTF-8"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType="{main}"/></Types>'
)
MAIN: Final = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"
RELS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="rId1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument" '
    'Target="xl/workbook.xml"/></Relationships>'
)
WORKBOOK: Final = (
    '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>{sheets}</sheets></workbook>'
)
WORKBOOK_RELS: Final = (
    '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">{relations}</Relationships>'
)
SHEET: Final = '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>{rows}</sheetData></worksheet>'
ROW: Final = '<row r="1"><c r="A1" t="inlineStr"><is><t>Họ và tên</t></is></c></row>'
MEGABYTE: Final = b"a" * 2**20

Parts = dict[str, "bytes | Filled"]


@dataclass(frozen=True)
class Filled:
    """A part that repeats something, written piece by piece: who builds it must stay small beside who reads it."""

    head: bytes
    piece: bytes
    times: int
    tail: bytes = b""

    def pieces(self) -> Iterator[bytes]:
        yield self.head
        for _ in range(self.times):
            yield self.piece
        yield self.tail


def parts(sheets: int = 1, **more: bytes) -> Parts:
    """The parts of a small workbook that is well."""
    names = "".join(f'<sheet name="S{n}" sheetId="{n}" r:id="rId{n}"/>' for n in range(1, sheets + 1))
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"
    relations = "".join(
        f'<Relationship Id="rId{n}" Type="{kind}" Target="worksheets/sheet{n}.xml"/>' for n in range(1, sheets + 1)
    )
    return {
        "[Content_Types].xml": TYPES.format(main=MAIN).encode(),
        "_rels/.rels": RELS.encode(),
        "xl/workbook.xml": WORKBOOK.format(sheets=names).encode(),
        "xl/_rels/workbook.xml.rels": WORKBOOK_RELS.format(relations=relations).encode(),
        **{f"xl/worksheets/sheet{n}.xml": SHEET.format(rows=ROW).encode() for n in range(1, sheets + 1)},
        **more,
    }


def packed(content: Mapping[str, bytes | Filled]) -> bytes:
    """These parts as a file."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as parcel:
        for name, data in content.items():
            with parcel.open(name, "w") as part:
                for piece in data.pieces() if isinstance(data, Filled) else (data,):
                    part.write(piece)
    return file.getvalue()


def _with(name: str, data: bytes | Filled) -> Callable[[], bytes]:
    return lambda: packed(parts() | {name: data})


def _bomb() -> bytes:
    """Half a megabyte that unpacks to 200."""
    head, tail = SHEET.format(rows='<row r="2"><c r="A2" t="inlineStr"><is><t>{}</t></is></c></row>').split("{}")
    return packed(parts() | {"xl/worksheets/sheet1.xml": Filled(head.encode(), MEGABYTE, 200, tail.encode())})


def _many_rows() -> bytes:
    """Four million rows of the same, small when packed."""
    row = b'<row><c t="inlineStr"><is><t>a</t></is></c></row>'
    head, tail = SHEET.format(rows="{}").split("{}")
    return packed(parts() | {"xl/worksheets/sheet1.xml": Filled(head.encode(), row * 1_000, 4_000, tail.encode())})


def _lying() -> bytes:
    """The directory says 1,000 bytes, the part unpacks to 150 MB."""
    data = bytearray(packed(parts() | {"xl/sharedStrings.xml": Filled(b"", MEGABYTE, 150)}))
    name = b"xl/sharedStrings.xml"
    central = data.rfind(name) - 46
    struct.pack_into("<I", data, central + 24, 1_000)
    return bytes(data)


def _overlapping() -> bytes:
    """Many names in the directory for one packed part."""
    data = packed(parts())
    end = data.rfind(b"PK\x05\x06")
    (count, size, start) = struct.unpack_from("<HII", data, end + 10)
    entry = data[start : start + size]
    first = entry[: 46 + struct.unpack_from("<H", entry, 28)[0]]
    again = b"".join(first.replace(b"[Content_Types].xml", f"xl/copy{n:07}.xml..".encode()[:19]) for n in range(900))
    head = data[:start] + entry + again
    return head + struct.pack("<IHHHHIIH", 0x06054B50, 0, 0, count + 900, count + 900, len(entry + again), start, 0)


def _wide() -> bytes:
    """Two cells at the far corners of a sheet."""
    rows = '<row r="1"><c r="A1"><v>1</v></c></row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
    return packed(parts() | {"xl/worksheets/sheet1.xml": SHEET.format(rows=rows).encode()})


def _many_parts() -> bytes:
    return packed(parts() | {f"xl/media/image{n}.png": b"" for n in range(10_000)})


def _encrypted_flag() -> bytes:
    data = bytearray(packed(parts()))
    start = data.find(b"PK\x01\x02")
    struct.pack_into("<H", data, start + 8, 1)
    return bytes(data)


def _twice() -> bytes:
    data = packed(parts() | {"xl/workbook2xml": b"<a/>"})
    return data.replace(b"xl/workbook2xml", b"xl/workbook.xml")


def _other_method() -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_LZMA) as parcel:
        for name, data in parts().items():
            parcel.writestr(name, data if isinstance(data, bytes) else data.head)
    return file.getvalue()


_LAUGHS: Final = (
    b'<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol">'
    + b"".join(f'<!ENTITY lol{n} "{f"&lol{n - 1 or str()};" * 10}">'.encode() for n in range(1, 10))
    + b"]><sst>&lol9;</sst>"
)
_EXTERNAL: Final = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><sst>&x;</sst>'
_LINK: Final = (
    b'<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    b'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate" '
    b'Target="http://10.0.0.1/x" TargetMode="External"/></Relationships>'
)

CASES: Final[Mapping[str, tuple[Callable[[], bytes], str]]] = {
    "cell bomb": (_bomb, "expands-too-much"),
    "row bomb": (_many_rows, "expands-too-much"),
    "shared strings bomb": (_with("xl/sharedStrings.xml", Filled(b"", b" " * 2**20, 200)), "expands-too-much"),
    "picture bomb": (_with("xl/media/image1.png", Filled(b"", b"\0" * 2**20, 200)), "expands-too-much"),
    "size that lies": (_lying, "expands-too-much"),
    "overlapping parts": (_overlapping, "expands-too-much"),
    "billion laughs in strings": (_with("xl/sharedStrings.xml", _LAUGHS), "entities"),
    "billion laughs in the sheet": (_with("xl/worksheets/sheet1.xml", _LAUGHS), "entities"),
    "external entity": (_with("xl/sharedStrings.xml", _EXTERNAL), "entities"),
    "external entity in UTF-16": (_with("xl/sharedStrings.xml", _EXTERNAL.decode().encode("utf-16")), "entities"),
    "external DTD": (_with("docProps/app.xml", b'<!DOCTYPE a SYSTEM "http://10.0.0.1/a.dtd"><a/>'), "entities"),
    "path that climbs": (_with("../../etc/cron.d/x", b"x"), "path-escape"),
    "absolute path": (_with("/etc/passwd", b"x"), "path-escape"),
    "Windows path": (_with("xl\\..\\..\\x.xml", b"x"), "path-escape"),
    "drive": (_with("C:/x.xml", b"x"), "path-escape"),
    "10,000 sheets": (lambda: packed(parts(10_000)), "too-many-parts"),
    "61 sheets": (lambda: packed(parts(61)), "too-many-sheets"),
    "10,000 parts": (_many_parts, "too-many-parts"),
    "macro": (_with("xl/vbaProject.bin", b"\xd0\xcf\x11\xe0"), "macros"),
    "macro by its type": (
        _with(
            "[Content_Types].xml", TYPES.format(main="application/vnd.ms-excel.sheet.macroEnabled.main+xml").encode()
        ),
        "macros",
    ),
    "Excel 4 macro sheet": (_with("xl/macrosheets/sheet1.xml", b"<a/>"), "macros"),
    "link to another workbook": (_with("xl/externalLinks/externalLink1.xml", b"<a/>"), "outside-links"),
    "database connection": (_with("xl/connections.xml", b"<a/>"), "outside-links"),
    "template from the net": (_with("xl/_rels/styles.xml.rels", _LINK), "outside-links"),
    "archive by its name": (_with("xl/embed.zip", packed({"a": b"a"})), "archive-inside"),
    "archive by its bytes": (_with("xl/media/image1.png", packed({"a": b"a"})), "archive-inside"),
    "far corner": (_wide, "too-much-memory"),
    "password by flag": (_encrypted_flag, "encrypted"),
    "the same part twice": (_twice, "part-twice"),
    "foreign compression": (_other_method, "broken"),
    "cut in half": (lambda: packed(parts())[:400], "broken"),
    "deflate that is none": (
        lambda: packed(parts()).replace(zlib.compress(SHEET.format(rows=ROW).encode())[2:-4], b"\xff" * 20),
        "broken",
    ),
}


def cases() -> Iterator[tuple[str, Callable[[], bytes], str]]:
    """Name, builder, reason."""
    return ((name, build, reason) for name, (build, reason) in CASES.items())
