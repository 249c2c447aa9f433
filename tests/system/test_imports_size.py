"""How long do 20,000 rows take, with each of ten kinds of error told beside its row?"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from shared.sheets.process import read_tables
from tests.sheets.test_writing import soffice, through_libreoffice
from tests.system.deployment import Deployment
from tests.system.lines import register
from tests.system.test_imports import HEADINGS, Desk, counts, person, workbook

ROWS = 20_000
WANTED = 20.0
"""Seconds on two cores that nothing else uses: printed beside what was seen, for a busy machine is no fault."""
BRANCHES = 100
WRONG = (
    ({"Họ và tên": ""}, "Họ và tên: chưa ghi"),
    ({"Ngày sinh": "31/2/1980"}, "Ngày sinh: không có ngày này trong lịch"),
    ({"Ngày sinh": "1/1/2100"}, "Ngày sinh: ở tương lai"),
    ({"Chi hội": "Chi hội xóm trên"}, "Chi hội: không có trong danh mục"),
    ({"Chi hội": ""}, "Chi hội: chưa ghi"),
    ({"Ngày vào Hội": "10/2015"}, "Ngày vào Hội: chỉ có tháng và năm"),
    ({"Ngày vào Hội": "1975"}, "Ngày vào Hội: không thể trước hoặc trong năm sinh"),
    ({"Kết nạp mới": "Có", "Ngày vào Hội": "2015"}, "kết nạp mới phải ghi đủ ngày/tháng/năm"),
    ({"Kết nạp mới": "Có", "Ngày vào Hội": "1/1/2015"}, "chưa thành lập hoặc đã kết thúc"),
    ({"Mã hội viên": "M1"}, "Trùng với dòng 3"),
)


@pytest.mark.battery
def test_twenty_thousand_rows(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    with Deployment(tmp_path / "data") as own:
        line = register(own)
        for number in range(2, BRANCHES + 1):
            line.found(f"Chi hội ấp {number}")
        desk = Desk(own, line)
        rows = [person(n, **{"Chi hội": f"Chi hội ấp {1 + n % BRANCHES}"}) for n in range(ROWS)]
        for n in range(100, ROWS, 100):
            rows[n] = person(n, **{"Chi hội": f"Chi hội ấp {1 + n % BRANCHES}", **WRONG[n // 100 % len(WRONG)][0]})
        data, spent, begun = workbook(rows), processor(own), time.monotonic()
        told = desk.imported(data)
        seconds, used = time.monotonic() - begun, processor(own) - spent
        returned = desk.client.get(desk.url(f"/{told['id']}/result.xlsx")).content
    seen = f"{seconds:.1f} s (wanted: {WANTED:.0f}), {used:.1f} s of the services' processors, {told['seconds']}"
    print(f"{ROWS} rows: {seen}")  # noqa: T201 — the figure is what the row asks for
    refused = len(range(100, ROWS, 100))
    assert counts(told) == {"add": ROWS - refused, "change": 0, "same": 0, "refuse": refused}
    found = read_tables(returned)[0].rows
    for place in range(100, ROWS, 100):
        assert WRONG[place // 100 % len(WRONG)][1] in found[place + 1][len(HEADINGS)]
    record_property("seconds", round(seconds, 1))
    if soffice() is not None:
        (tmp_path / "ket-qua.xlsx").write_bytes(returned)
        through_libreoffice(tmp_path / "ket-qua.xlsx", tmp_path / "out")
        again = read_tables((tmp_path / "out" / "ket-qua.xlsx").read_bytes())[0].rows
        assert [row[: len(HEADINGS) + 2] for row in again] == found


def processor(own: Deployment) -> float:
    """Seconds that the three services and their children have spent."""
    ticks = 0
    for service in own.supervisor.services.values():
        fields = Path(f"/proc/{service.child.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        ticks += sum(int(field) for field in fields[11:15])
    return ticks / os.sysconf("SC_CLK_TCK")
