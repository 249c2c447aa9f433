"""What stands in a branch's book of a year? The thirteen tables of *sổ chi đoàn*, each a list of what counts there.

A fact counts in the branch in whose days the unit that it names counted there: the branch itself, its sub-branches,
and what merged into it, from the day of the merger on. Two tables are not membership's to fill, and say so.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from services.membership.projections.asking import Reading, Row, Span
from services.membership.projections.stays import stays
from shared.contracts.event import Event
from shared.contracts.membership import (
    Affiliation,
    AffiliationIntroduced,
    AffiliationReceived,
    CardIssued,
    CardWithdrawn,
    DuesExempted,
    DuesPaid,
    MaturityDeferred,
    MemberEntered,
    MemberJoined,
    MemberMatured,
    MemberReadmitted,
    MemberStruckOff,
    TrainingCompleted,
    TransferIntroduced,
    TransferReceived,
)
from shared.eventsourcing.chunks import chunks


@dataclass(frozen=True, slots=True)
class Asked:
    """A branch and a year, and what counted in the branch when."""

    reading: Reading
    branch: UUID
    year: Span
    under: dict[UUID, list[Span]]

    @classmethod
    def of(cls, reading: Reading, branch: UUID, year: int) -> Asked:
        """The book of a calendar year."""
        span = Span(dt.date(year, 1, 1), dt.date(year + 1, 1, 1))
        return cls(reading, branch, span, reading.under(branch))

    def counts(self, unit: UUID, day: dt.date) -> bool:
        """Whether a unit counted in the branch on a day."""
        return any(span.covers(day) for span in self.under.get(unit, ()))


@dataclass(frozen=True, slots=True)
class Column:
    """A column as the users head it."""

    name: str
    vi: str
    en: str


@dataclass(frozen=True, slots=True)
class Listed:
    """Facts of one type that a table lists: which they are, and which of their values go into which column."""

    fact: type[Event]
    columns: Mapping[str, str] = field(default_factory=dict)
    where: Mapping[str, str] = field(default_factory=dict)
    """Values that a fact must have to stand in the table."""

    @property
    def kind(self) -> str:
        """`member-joined`: what happened."""
        return self.fact.name.split(".")[3]


@dataclass(frozen=True, slots=True)
class BookTable:
    """One table of the book."""

    name: str
    vi: str
    en: str
    columns: tuple[Column, ...]
    rows: Callable[[Asked], list[Row]] | None = None
    """None: no fact says anything of it."""
    total: str | None = None
    """The column that is added up."""
    told_by: str | None = None
    """The address under which another service answers it."""


PERSON: Final = Column("person", "Đoàn viên, hội viên", "Member")
DAY: Final = Column("day", "Ngày", "Day")
WHAT: Final = Column("what", "Nội dung", "What happened")
UNIT: Final = Column("unit", "Đơn vị", "Unit")


ARRIVALS: Final[tuple[type[Event], ...]] = (MemberEntered, MemberJoined, MemberReadmitted, TransferReceived)
ARRIVED_OTHERWISE: Final = "went-on"
"""How somebody came who has no fact of his own on that day: with a branch that merged, or a sub-branch that moved."""


def listing(*sources: Listed) -> Callable[[Asked], list[Row]]:
    """The facts of these types that count in the branch in the year, by day."""

    def rows(asked: Asked) -> list[Row]:
        found = [row for source in sources for row in _facts(asked, source)]
        return sorted(found, key=itemgetter("day", "log", "sequence"))

    return rows


def _facts(asked: Asked, source: Listed) -> Iterator[Row]:
    facts = asked.reading.standing(source.fact)
    query = select(facts).where(facts.c.branch.in_(sorted(asked.under)))
    query = query.where(facts.c.day >= asked.year.start, facts.c.day < asked.year.end)
    for name, value in source.where.items():
        query = query.where(facts.c[name] == value)
    for row in asked.reading.rows(query):
        if asked.counts(row["branch"], row["day"]):
            yield {
                "what": source.kind,
                "person": asked.reading.whom(row["subject"]),
                "day": row["day"],
                "unit": row["branch"],
                **{column: row[field] for column, field in source.columns.items()},
                "log": row["organisation"],
                "sequence": row["sequence"],
                "event": row["root_id"],
            }


def _members(asked: Asked) -> list[Row]:
    """Everybody on the list on a day of the year, each stretch once, with how it began."""
    found = [stay for stay in stays(asked.reading, asked.under) if stay.meets(asked.year)]
    came = _came(asked, {stay.opened[1] for stay in found})
    return [
        {
            "person": stay.person,
            "day": stay.start,
            "what": ARRIVED_OTHERWISE if came.get(stay.opened, (None, ""))[0] != stay.start else came[stay.opened][1],
            "until": stay.end,
            "unit": stay.unit,
        }
        for stay in sorted(found, key=lambda stay: (stay.start, stay.person))
    ]


def _came(asked: Asked, roots: set[UUID]) -> dict[tuple[UUID, UUID], tuple[dt.date, str]]:
    """The day and the kind of each of these facts."""
    found: dict[tuple[UUID, UUID], tuple[dt.date, str]] = {}
    for arrival in (Listed(each) for each in ARRIVALS):
        facts = asked.reading.standing(arrival.fact)
        for chunk in chunks(sorted(roots)):
            for row in asked.reading.rows(select(facts).where(facts.c.root_id.in_(chunk))):
                found[row["organisation"], row["root_id"]] = row["day"], arrival.kind
    return found


def _transferred_out(asked: Asked) -> list[Row]:
    """Those whom the branch introduced elsewhere, with the day on which somebody received them, if anybody did."""
    introduced = listing(Listed(TransferIntroduced, {"destination": "destination"}))(asked)
    receptions = _receptions(asked, {row["person"] for row in introduced})
    return [{**row, "received": _first(receptions.get(row["person"], ()), row["day"])} for row in introduced]


def _receptions(asked: Asked, persons: set[UUID]) -> dict[UUID, list[dt.date]]:
    found: dict[UUID, list[dt.date]] = {}
    facts = asked.reading.standing(TransferReceived)
    for chunk in chunks(asked.reading.ids(persons)):
        query = select(facts.c.subject, facts.c.day).where(facts.c.subject.in_(chunk))
        for row in asked.reading.rows(query):
            found.setdefault(asked.reading.whom(row["subject"]), []).append(row["day"])
    return found


def _first(days: Iterable[dt.date], since: dt.date) -> dt.date | None:
    return min((day for day in days if day >= since), default=None)


def _committee(asked: Asked) -> list[Row]:
    """Everybody who held a post of the branch on a day of the year."""
    office = asked.reading.tables["office"]
    query = select(office).where(office.c.unit.in_(sorted(asked.under)))
    held = [(row, Span(row["start_day"], row["end_day"])) for row in asked.reading.rows(query)]
    rows = [
        {**row, "person": asked.reading.whom(row["person"]), "day": row["start_day"], "until": row["end_day"]}
        for row, time in held
        if time.meets(asked.year)
        and any(span.meets(time) and span.meets(asked.year) for span in asked.under[row["unit"]])
    ]
    return sorted(rows, key=lambda row: (row["day"], not row["head"], row["post"], str(row["person"])))


def _column(name: str, vi: str, en: str) -> Column:
    return Column(name, vi, en)


RESIDENCE: Final = {"kind": Affiliation.RESIDENCE.value}

TABLES: Final[tuple[BookTable, ...]] = (
    BookTable(
        "members",
        "Danh sách đoàn viên, hội viên",
        "Members",
        (
            PERSON,
            _column("day", "Có trong sổ từ ngày", "On the book since"),
            _column("what", "Vào sổ do", "Came by"),
            _column("until", "Ra khỏi sổ ngày", "Left the book on"),
            UNIT,
        ),
        _members,
    ),
    BookTable(
        "introduced-to-residence",
        "Giới thiệu sinh hoạt nơi cư trú",
        "Introduced to act at residence",
        (PERSON, DAY, _column("destination", "Nơi đến", "Where to"), _column("until", "Đến ngày", "Until")),
        listing(Listed(AffiliationIntroduced, {"destination": "destination", "until": "until"}, RESIDENCE)),
    ),
    BookTable(
        "received-at-residence",
        "Tiếp nhận sinh hoạt nơi cư trú",
        "Received at residence",
        (PERSON, DAY, _column("home", "Nơi sinh hoạt chính", "Own branch"), _column("until", "Đến ngày", "Until")),
        listing(Listed(AffiliationReceived, {"home": "home", "until": "until"}, RESIDENCE)),
    ),
    BookTable(
        "dues",
        "Thu, miễn đoàn phí, hội phí",
        "Dues paid and exempted",
        (
            PERSON,
            DAY,
            WHAT,
            _column("from", "Từ tháng", "From"),
            _column("to", "Đến trước", "To before"),
            _column("amount", "Số tiền (đồng)", "Amount (đồng)"),
        ),
        listing(
            Listed(DuesPaid, {"from": "period_start", "to": "period_end", "amount": "amount"}),
            Listed(DuesExempted, {"from": "period_start", "to": "period_end"}),
        ),
        total="amount",
    ),
    BookTable("income-and-expense", "Thu, chi", "Income and expense", (DAY, WHAT)),
    BookTable(
        "transferred-out",
        "Chuyển sinh hoạt đi",
        "Transferred out",
        (
            PERSON,
            _column("day", "Ngày giới thiệu", "Introduced on"),
            _column("destination", "Nơi đến", "Where to"),
            _column("received", "Ngày tiếp nhận", "Received on"),
        ),
        _transferred_out,
    ),
    BookTable(
        "arrived",
        "Kết nạp mới và chuyển sinh hoạt đến",
        "Newly admitted and transferred in",
        (PERSON, DAY, WHAT, _column("origin", "Nơi đi", "From where")),
        listing(
            Listed(MemberJoined),
            Listed(MemberReadmitted),
            Listed(TransferReceived, {"origin": "origin"}),
        ),
    ),
    BookTable(
        "maturity",
        "Trưởng thành đoàn",
        "Maturity",
        (PERSON, DAY, WHAT, _column("until", "Tiếp tục đến", "Deferred until")),
        listing(Listed(MemberMatured), Listed(MaturityDeferred, {"until": "until"})),
    ),
    BookTable(
        "struck-off",
        "Xóa tên",
        "Struck off",
        (PERSON, DAY, _column("cause", "Lý do", "Cause")),
        listing(Listed(MemberStruckOff, {"cause": "cause"})),
    ),
    BookTable(
        "cards",
        "Phát thẻ, thu hồi thẻ",
        "Cards issued and withdrawn",
        (PERSON, DAY, WHAT),
        listing(Listed(CardIssued), Listed(CardWithdrawn, {})),
    ),
    BookTable(
        "training",
        "Kết quả rèn luyện, bồi dưỡng",
        "Training results",
        (PERSON, DAY, _column("programme", "Chương trình", "Programme"), _column("result", "Kết quả", "Result")),
        listing(Listed(TrainingCompleted, {"programme": "programme", "result": "result"})),
    ),
    BookTable(
        "meetings",
        "Sinh hoạt",
        "Meetings",
        (DAY, WHAT),
        told_by="/v1/figures/meetings-held?unit={branch}&start={start}&end={end}&by=month",
    ),
    BookTable(
        "committee",
        "Ban chấp hành, người đứng đầu",
        "Committee and head",
        (
            _column("person", "Họ và tên", "Person"),
            _column("post", "Chức vụ", "Post"),
            _column("day", "Từ ngày", "Since"),
            _column("until", "Đến trước ngày", "To before"),
            _column("term_start", "Nhiệm kỳ từ", "Term from"),
            _column("term_end", "Nhiệm kỳ đến trước", "Term to before"),
        ),
        _committee,
    ),
)
"""The tables in the order of the book."""


@dataclass(frozen=True, slots=True)
class Filled:
    """A table with what stands in it."""

    table: BookTable
    rows: list[Row] | None
    """None: không có dữ liệu."""

    @property
    def total(self) -> int | None:
        """The sum of the column that is added up; none where no row has a value."""
        values = [row.get(self.table.total) for row in self.rows or ()] if self.table.total else []
        known: list[int] = [value for value in values if value is not None]
        return sum(known) if known else None


def book(reading: Reading, branch: UUID, year: int) -> list[Filled]:
    """All tables of a branch's year."""
    asked = Asked.of(reading, branch, year)
    return [Filled(each, None if each.rows is None else each.rows(asked)) for each in TABLES]


def cells(filled: Filled) -> Iterator[list[Any]]:
    """The values of each row, in the order of the columns."""
    for row in filled.rows or ():
        yield [row.get(column.name) for column in filled.table.columns]
