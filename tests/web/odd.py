"""Which values break programs that trust their senders? As JSON texts, each under a name."""

from __future__ import annotations

import json
from uuid import UUID

MARK = "D4uHi3uKhongDuocVongLai"
"""A word that never may come back."""
_ID = UUID("0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b")


def text(value: str) -> str:
    """A JSON string, non-ASCII as it is."""
    return json.dumps(value, ensure_ascii=False)


NOT_JSON = {
    "leading zero": "01",
    "hexadecimal": "0x10",
    "bare word": MARK,
    "raw NUL": '"a\x00b"',
    "raw line break": '"a\nb"',
    "single quotes": "'a'",
    "open string": '"a',
    "comment": "1 /* a */",
}
"""What is no JSON: there is no field to name."""

ODD = {
    "true": "true",
    "false": "false",
    "null": "null",
    "zero": "0",
    "minus zero": "-0",
    "minus one": "-1",
    "seven": "7",
    "seven in quotes": '"7"',
    "one point zero": "1.0",
    "one hundred": "1e2",
    "2^31": str(2**31),
    "2^53 + 1": str(2**53 + 1),
    "2^63": str(2**63),
    "10^400": str(10**400),
    "5000 digits": "9" * 5000,
    "1e400": "1e400",
    "-1e400": "-1e400",
    "NaN": "NaN",
    "Infinity": "Infinity",
    "-Infinity": "-Infinity",
    "tiny": "1e-400",
    "empty": '""',
    "blank": '"  "',
    "NUL": r'"\u0000"',
    "escape sequence": r'"\u001b[31m"',
    "line break": r'"a\nb"',
    "carriage return": r'"a\r\nb"',
    "tab": r'"a\tb"',
    "lone surrogate": r'"\ud800"',
    "reversed surrogates": r'"\udc00\ud800"',
    "right to left": text("a\u202eb"),
    "zero width": text("a\u200bb"),
    "line separator": text("a\u2028b"),
    "byte order mark inside": text("a\ufeffb"),
    "emoji": text("🌾"),
    "emoji in escapes": r'"\ud83c\udf3e"',
    "joined emoji": text("👩\u200d🌾"),
    "NFC": text("Hội Phụ nữ xã Tân Hòa"),
    "NFD": text("Ho\u0302\u0323i Phu\u0323 nu\u031b\u0303"),
    "full-width": text("１２３"),
    "arabic digits": text("١٢٣"),
    "20 kB": text("a" * 20_000),
    "formula": '"=1+1"',
    "SQL": text("'; DROP TABLE event; --"),
    "path": '"../../etc/passwd"',
    "script": '"<script>alert(1)</script>"',
    "template": '"${7*7}{{7*7}}"',
    "list": "[]",
    "list of one": "[1]",
    "object": "{}",
    "unknown key": '{"' + MARK + '": 1}',
    "duplicate key": '{"a": 1, "a": 2}',
    "duplicate key in escapes": r'{"a": 1, "\u0061": 2}',
    "deep": "[" * 40 + "]" * 40,
    "id": text(str(_ID)),
    "id in capitals": text(str(_ID).upper()),
    "id without dashes": text(_ID.hex),
    "id in braces": text(f"{{{_ID}}}"),
    "id as URN": text(_ID.urn),
    "id with underscores": text(str(_ID).replace("-", "_")),
    "id with a space": text(f" {_ID}"),
    "short id": text(str(_ID)[:-1]),
    "day": '"2022-05-31"',
    "day of week": '"2022-W22-2"',
    "day without dashes": '"20220531"',
    "day as the office writes it": '"31/05/2022"',
    "30 February": '"2022-02-30"',
    "before all": '"1929-12-31"',
    "last day": '"9998-12-31"',
    "after all": '"9999-01-01"',
    "seconds since 1970": "1653955200",
    "seconds since 1970 in quotes": '"1653955200"',
    "instant": '"2022-05-31T17:00:00Z"',
    "instant without zone": '"2022-05-31T17:00:00"',
    "instant far in the east": '"2022-05-31T17:00:00+14:00"',
    "instant at the end of the calendar": '"9999-12-31T23:59:59-12:00"',
    "instant before the calendar": '"0001-01-01T00:00:00+14:00"',
    "hour 24": '"2022-05-31T24:00:00Z"',
    "leap second": '"2022-05-31T23:59:60Z"',
}

LONG = text("a" * 900_000)
"""A text that nearly fills a line; in every field once is enough for one sample."""
