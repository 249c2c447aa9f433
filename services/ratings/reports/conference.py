"""What does a review-conference report say? Figures year by year, grades, what others reported, and where all is from.

It writes down what is counted and leaves the judgement to people: lines in which they write stand where a report has
its shortcomings, causes and directions.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from services.ratings.projections import FIGURES
from services.ratings.reports.counting import Counting, Numbers, Told
from services.ratings.reports.grading import grade_blocks
from services.ratings.reports.layouts import Letterhead, Section, letterhead, sections
from services.ratings.reports.paper import Blank, Block, Cell, Heading, Paper, Share, Table, Text
from shared.contracts.fields import Qualifier
from shared.history.replay.canonical import canonical
from shared.history.replay.moments import local
from shared.history.replay.sentences import words
from shared.units.calendar import day_text, number_text

WORDS: Final = {Qualifier.EXACT: "", Qualifier.NEARLY: "gần ", Qualifier.MORE_THAN: "hơn ", Qualifier.MOST: "hầu hết "}
LEVELS: Final = {
    "branch": "{branch}",
    "base-branch": "{branch} cơ sở",
    "base-unit": "{base}",
    "district-body": "tổ chức cấp huyện",
    "province-body": "tổ chức cấp tỉnh",
    "front-board": "ban công tác Mặt trận",
}
BOOKS: Final = {"membership": "Tổ chức, đoàn viên, hội viên", "meetings": "Sinh hoạt", "ratings": "Xếp loại"}
YEAR: Final = 365


def conference(counting: Counting, positions: dict[str, dict[str, int]]) -> Paper:
    """The report, written down from what is counted now."""
    wanted, tree = counting.wanted, counting.tree
    owner = tree.owner(wanted.issuer, wanted.end - dt.timedelta(days=1)) or wanted.issuer
    organisation, kind = counting.organisation(owner)
    head = letterhead(kind)
    last = wanted.end - dt.timedelta(days=1)
    issuer = tree.title(wanted.issuer, last) or organisation
    above = tree.parent(wanted.issuer, last) if tree.known(wanted.issuer) else None
    writing = _Writing(counting, head, positions)
    about = writing.about()
    return Paper(
        head,
        issuer,
        "" if above is None else tree.title(above, last) or "",
        wanted.number,
        wanted.place,
        wanted.day,
        "BÁO CÁO",
        wanted.title or about,
        list(writing.blocks(issuer)),
        dt.datetime.combine(last, dt.time(), dt.UTC),
    )


@dataclass(frozen=True, slots=True)
class _Writing:
    counting: Counting
    head: Letterhead
    positions: dict[str, dict[str, int]]

    def about(self) -> str:
        """`Sơ kết 5 năm thực hiện Kết luận số 96-KL/TU …`, or of the work of branches."""
        wanted = self.counting.wanted
        years = round((wanted.end - wanted.start).days / YEAR)
        span = f"{years} năm" if years > 1 else f"năm {wanted.whole.text}"
        cited = self._cited()
        what = f"thực hiện {cited}" if cited else self.head.said("công tác {branch}")
        return f"Sơ kết {span} {what} (giai đoạn {wanted.whole.text})"

    def blocks(self, issuer: str) -> Iterator[Block]:
        """The parts, in the layout's order."""
        wanted = self.counting.wanted
        scope = self._title(wanted.unit)
        cited = self._cited()
        yield Text(
            (f"Thực hiện {cited}, " if cited else "")
            + f"{issuer} báo cáo kết quả từ ngày {day_text(wanted.start)} đến ngày "
            f"{day_text(wanted.end - dt.timedelta(days=1))}, phạm vi: {scope}."
        )
        for section in sections():
            yield Heading(self.head.said(section.title))
            yield from self._section(section)

    def _section(self, section: Section) -> Iterator[Block]:
        if section.figures:
            yield from self._figures(section)
        if section.grades:
            yield from grade_blocks(self.counting.ratings(), self.counting.waiting(), self._title, self._level)
        if section.reported:
            yield from self._reported()
        if section.sources:
            yield from self._sources()
        if section.write:
            yield Blank(section.write)

    def _figures(self, section: Section) -> Iterator[Block]:
        spans = self.counting.wanted.years
        lines = [each for line in section.figures for each in self.counting.numbers(line)]
        rows = [self._row(each, several=len(spans) > 1) for each in lines]
        whole = ("Cả giai đoạn",) if len(spans) > 1 else ()
        yield Table("", ("Chỉ tiêu", *(span.text for span in spans), *whole), rows)
        parked = self.counting.parked([line.figure for line in section.figures])
        if parked:
            yield Text(f"Số liệu chưa đủ: còn {number_text(parked)} sự việc đang chờ xử lý.")

    def _row(self, each: Numbers, *, several: bool) -> Sequence[Cell]:
        keys = ", ".join(_word(key, value) for key, value in each.keys.items() if value is not None)
        label = self.head.said(each.line.label) + (f": {keys}" if keys else "")
        return (label, *each.years, *((each.whole,) if several else ()))

    def _reported(self) -> Iterator[Block]:
        told = self.counting.reported([line.figure for each in sections() for line in each.figures])
        if not told:
            yield Text("Không có số liệu nào do nơi khác báo cho đúng phạm vi và các kỳ trong báo cáo này.")
            return
        yield Text("Số liệu báo cáo đứng cạnh số đếm được từ sự việc; không cộng vào và không thay thế số đếm được.")
        columns = ("Chỉ tiêu, kỳ", "Số báo cáo", "Đếm được", "Chênh lệch", "Khác từ ngày", "Nguồn, văn bản, nơi nhận")
        yield Table("", columns, [self._beside(each) for each in told], (), frozenset({5}))

    def _beside(self, told: Told) -> Sequence[Cell]:
        fact, counted, gap = told.beside.reported.fact, told.beside.counted, told.beside.difference
        label = {line.figure: line.label for each in sections() for line in each.figures}.get(
            told.figure.name, "Xếp loại"
        )
        keys = ", ".join(_word(key, value) for key, value in told.beside.reported.keys.items())
        said = WORDS[fact.qualifier]
        if fact.numerator is not None:
            share = Share(fact.numerator, fact.denominator)
            number = (
                share.percent if fact.only_rate else str(share) if fact.denominator else number_text(fact.numerator)
            )
            said += number
        agrees = {True: "khớp", False: "khác", None: "không so được"}[gap.agrees]
        moved = gap.rate if fact.only_rate else gap.numerator
        distance = "" if gap.agrees is not False or moved is None else f": {_signed(moved, rate=fact.only_rate)}"
        scope = f"phạm vi: {fact.scope_said}" if fact.scope_said else "phạm vi: không nêu"
        source = "; ".join(
            part
            for part in (fact.source, fact.document, fact.received_by and f"nơi nhận: {fact.received_by}", scope)
            if part
        )
        return (
            f"{self.head.said(label)}{f' ({keys})' if keys else ''}, {told.span.text}",
            said.strip(),
            None if counted is None else str(Share(*counted)) if counted.denominator else counted.numerator,
            agrees + distance,
            "" if told.since is None else day_text(told.since),
            source,
        )

    def _sources(self) -> Iterator[Block]:
        wanted = self.counting.wanted
        known = "tất cả sự việc đã ghi" if wanted.known is None else f"như đã biết đến {_moment(wanted.known)}"
        tree = "như lúc đó" if wanted.tree is None else f"ngày {day_text(wanted.tree)}"
        yield Text(
            f"Số liệu đếm từ sự việc đã ghi trong sổ ({known}); cơ cấu tổ chức: {tree}; quyết định xếp loại ký trước "
            f"ngày {day_text(wanted.until)}. Tỷ lệ luôn kèm tử số và mẫu số, làm tròn đến một chữ số thập phân; số cả "
            "giai đoạn được đếm riêng, không cộng các năm; chỗ không có mẫu số ghi “không có dữ liệu”."
        )
        rows: list[Sequence[Cell]] = [
            (self.head.said(line.label), FIGURES[line.figure].vi) for each in sections() for line in each.figures
        ]
        rows.append(("Xếp loại", FIGURES["grades"].vi))
        yield Table("Cách tính", ("Chỉ tiêu", "Định nghĩa"), rows, (), frozenset({1}))
        logs: list[Sequence[Cell]] = [
            (BOOKS.get(service, service), len(each), sum(each.values()))
            for service, each in sorted(self.positions.items())
        ]
        digest = hashlib.sha256(canonical(self.positions)).hexdigest()
        notes = (f"Mã của các vị trí đã đọc (SHA-256): {digest}.",)
        yield Table("Sổ đã đọc", ("Sổ", "Tổ chức", "Sự việc"), logs, notes)
        yield Text(f"Thể thức: {self.head.source}.")

    def _cited(self) -> str:
        wanted = self.counting.wanted
        found = None if wanted.directive is None else self.counting.directive(wanted.directive)
        return "" if found is None else f"văn bản số {found.number} ngày {day_text(found.issued)} của {found.issuer}"

    def _title(self, unit: UUID) -> str:
        last = self.counting.wanted.end - dt.timedelta(days=1)
        named = self.counting.tree.title(unit, last) if self.counting.tree.known(unit) else None
        return named or self.counting.organisation(unit)[0] or str(unit)

    def _level(self, kind: str) -> str:
        return self.head.said(LEVELS[kind]) if kind in LEVELS else words().get(("kind", kind), kind)


def _word(key: str, value: str | None) -> str:
    if key == "rank":
        return f"mức {value}"
    return words().get((key, value or "")) or words().get(("", value or "")) or value or ""


def _signed(number: int, *, rate: bool) -> str:
    """`+3`, `−5,42 điểm phần trăm`: counted less reported."""
    sign = "−" if number < 0 else "+" if number else ""
    if not rate:
        return f"{sign}{number_text(abs(number))}"
    whole, rest = divmod(abs(number), 100)
    return f"{sign}{number_text(whole)},{rest:02} điểm phần trăm"


def _moment(micros: int) -> str:
    at = local(micros)
    return f"{at:%H:%M:%S} {day_text(at.date())}"
