"""Once somebody is forgotten, does a dictionary of names find anything in the files, with every secret that is left?

The searcher holds the whole data folder: the pepper, the master key, all logs and stores. He knows how everything is
computed, and tries every name of the village with every birthday and branch.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import product
from pathlib import Path
from uuid import UUID

from shared.personal.cipher import encrypt, parts
from shared.personal.keys import Holding
from shared.personal.master import FILE, MasterKeys
from shared.sheets.cells import folded
from tests.support.traces import files_with, secret_forms, spelled
from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, fresh
from tests.system.reached import PATIENCE
from tests.system.test_imports import Desk, counts, person, workbook
from tests.system.test_personal import entered, forgotten

VILLAGE = tuple(
    f"{family} {given}"
    for family, given in product(("Nguyễn", "Trần", "Lê", "Huỳnh"), ("Thị Hoa", "Ngọc Lan", "Văn Đức", "Kim Ửng"))
)
"""The dictionary: everybody in it may be meant."""
IMPORTED, POSTED, TRIED = VILLAGE[:2], VILLAGE[5], VILLAGE[7]
BORN = ("1980-07-02", "1980")


def said_of(name: str) -> Iterator[bytes]:
    """What may have been posted of somebody of that name, byte for byte."""
    for details in ({"full_name": name}, *({"full_name": name, "birth_date": day} for day in BORN[:1])):
        for separators in ((",", ":"), (", ", ": ")):
            yield json.dumps(details, ensure_ascii=False, separators=separators).encode()


def digests(data: Path, line: Line, names: Iterable[str] = VILLAGE) -> set[bytes]:
    """Every digest that the program may have made of one of these names, under no key or under the pepper."""
    pepper = (data / "pepper").read_bytes()
    own, branch = UUID(line.organisation), UUID(line.branches[0]).hex
    found: set[bytes] = set()
    for name in names:
        told = [name.encode(), folded(name).encode(), *said_of(name)]
        words = [("day", folded(name), BORN[0], branch), ("year", folded(name), BORN[1], branch)]
        marks = ["\0".join(each).encode() for each in words]
        prefixed = [b"nennep import mark\0" + own.bytes + each for each in (*marks, *said_of(name))]
        found |= {hashlib.sha256(each).digest() for each in told}
        found |= {hmac.digest(pepper, each, hashlib.sha256) for each in (*told, *prefixed)}
    return found


def ciphertexts(data: Path, line: Line) -> set[bytes]:
    """What stands in the log in the place of personal parts."""
    with closing(sqlite3.connect(f"file:{data / 'membership' / 'log.sqlite'}?mode=ro", uri=True)) as log:
        rows = log.execute("SELECT organisation, personal FROM event WHERE personal IS NOT NULL").fetchall()
    return {sealed for own, text in rows if UUID(own) == UUID(line.organisation) for sealed in parts(text).values()}


def openings(data: Path, line: Line, persons: list[str]) -> set[bytes]:
    """Ciphertexts that a name of the village gives under a key that is left, whosever it is."""
    master, own = MasterKeys.read(data / FILE), UUID(line.organisation)
    with closing(sqlite3.connect(f"file:{data / 'membership' / 'keys.sqlite'}?mode=ro", uri=True)) as store:
        rows = store.execute("SELECT organisation, person, wrapped, master FROM person_key").fetchall()
    keys = [master.of(row[3]).unwrap(row[2], Holding(UUID(row[0]), UUID(row[1])).bound_to) for row in rows[-60:]]
    told = [each for name in VILLAGE for each in said_of(name)]
    tried = {encrypt(key, own, UUID(person), each) for key in keys for person in persons for each in told}
    return tried & ciphertexts(data, line)


def kept(data: Path, line: Line) -> list[bytes]:
    """The files of the organisation's imports, as they lie sealed; whoever has the pepper opens them."""
    with closing(sqlite3.connect(f"file:{data / 'membership' / 'imports.sqlite'}?mode=ro", uri=True)) as store:
        query = "SELECT j.organisation, b.sealed FROM import_blob b JOIN import_job j ON j.id = b.import_id "
        rows = store.execute(query + "WHERE b.name = 'result'").fetchall()
    return [sealed[:64] for own, sealed in rows if UUID(own) == UUID(line.organisation)]


def test_after_forgetting_a_dictionary_finds_nothing(deployment: Deployment, line: Line) -> None:
    data, desk = deployment.data, Desk(deployment, line)
    rows = [person(1, **{"Họ và tên": name, "Mã hội viên": "", "Ngày sinh": "2/7/1980"}) for name in IMPORTED]
    assert counts(desk.imported(workbook(rows)))["add"] == len(IMPORTED)
    trial = [person(1, **{"Họ và tên": TRIED, "Mã hội viên": ""})]
    assert counts(desk.imported(workbook(trial), dry_run="true"))["add"] == 1
    somebody = fresh()
    line.post("membership", entered(line, somebody, {"full_name": POSTED})).raise_for_status()
    line.has_in_its_views()
    url = f"/v1/branches/{line.branches[0]}/members"
    listed = deployment.get("membership", url, key=line.key).raise_for_status().json()["listed"]
    persons = [each["person"] for each in listed]
    assert len(persons) == len(IMPORTED) + 1

    guesses = {form for each in digests(data, line) for form in secret_forms(each)}
    files = kept(data, line)
    assert files_with(data, guesses), "a search that finds nothing proves nothing"
    assert openings(data, line, persons)
    assert len(files) == 2
    assert files_with(data, files)

    line.post("membership", *map(forgotten, persons)).raise_for_status()
    until(lambda: not kept(data, line), PATIENCE)
    until(lambda: not files_with(data, guesses | set(files)), PATIENCE)
    assert not openings(data, line, persons)
    names = {form for name in (*IMPORTED, POSTED, TRIED) for form in spelled(name)}
    assert files_with(data, names) == {}
    again = desk.imported(workbook(rows))
    assert counts(again)["add"] == len(IMPORTED), "who comes back is somebody new"
