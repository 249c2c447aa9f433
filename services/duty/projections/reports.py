"""Which reports are due under a unit? Of each rule the periods that run, and the last that ran out; none once sent.

Where an organisation says that it records every receipt here, the body above also owes the receiving.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any, Final
from uuid import UUID

from sqlalchemy import Row, and_, func, or_, select

from services.duty.domain.obligation import Kind, Obligation, State, last_day, read_on, stretches
from services.duty.projections.question import Question
from shared.contracts.event import Event
from shared.contracts.fields import Period
from shared.contracts.membership import RegisterKept, Reporting, ReportingSet, ReportReceived, ReportSent
from shared.units.lasting import lasting

HEARD: Final[frozenset[type[Event]]] = frozenset({ReportingSet, ReportSent, ReportReceived, RegisterKept})
BOOK: Final = "report-receipt"
"""The register of which an organisation says that it keeps it here (sổ tiếp nhận báo cáo)."""
RECENT: Final = dt.timedelta(days=366)
"""A report that was sent longer ago than this is nobody's to receive any more."""
Rules = Mapping[tuple[UUID, str], Mapping[tuple[str, Reporting], list[Row[Any]]]]
"""(organisation, kind of unit) → (matter, stretch) → its rules, by day and place in the log."""
Sent = Mapping[tuple[UUID, str, Period], list[dt.date]]
"""(unit, matter, period) → the days on which a report on it went to a body above."""


class Reports(Question):
    """What is asked about reports."""

    __slots__ = ()

    def owed(self) -> Iterator[Obligation]:
        """What units here have to send, and to receive; *not recorded* where no rule speaks of any of them."""
        rules, sent, ruled = self._rules(), self._sent(), False
        for unit in self._units():
            for (matter, every), told in rules.get((unit.owner, unit.kind), {}).items():
                ruled = True
                for period, until in self._open(told, every):
                    lived = unit.start_day <= period.start and (unit.end_day is None or period.start < unit.end_day)
                    if lived and not self._has_sent(unit.id, matter, period, sent):
                        yield self._obligation(unit.id, matter, period, until)
        if not ruled:
            yield Obligation(Kind.REPORT, State.NOT_RECORDED, self.unit)
        yield from self._to_receive()

    # ── Sending ──────────────────────────────────────────────────────────────────────────────────────────────────

    def _open(self, told: list[Row[Any]], every: Reporting) -> Iterator[tuple[Period, dt.date]]:
        """Each period whose last day for sending is not past, and the last of which it is, by the rule of each.

        A rule is read on the first day of a period's last month; from that day on the report is on the list.
        """
        for period in stretches(every, self.on):
            begun = [rule for rule in told if rule.day <= read_on(period)]
            if not begun:
                return
            rule = begun[-1]
            until = last_day(period) + dt.timedelta(days=rule.within)
            if read_on(period) <= self.on and (rule.until is None or read_on(period) < rule.until):
                yield period, until
            if until < self.on:
                return

    def _has_sent(self, unit: UUID, matter: str, period: Period, sent: Sent) -> bool:
        """Whether it sent one on that period, or since its merger the one that carries on."""
        line = ((unit, dt.date.min), *self.heirs.line(unit))
        return any(since <= day for each, since in line for day in sent.get((each, matter, period), ()))

    def _obligation(self, unit: UUID, matter: str, period: Period, until: dt.date) -> Obligation:
        state = State.MISSED if until < self.on else State.DUE
        return Obligation(Kind.REPORT, state, self.heirs.of(unit), until, period=period, matter=matter)

    def _units(self) -> list[Row[Any]]:
        """The units of a line under the asked one with their owners: alive, or merged into one that is."""
        unit, above, tenure = self.tables["unit"], self.tables["unit_above"], self.tables["tenure"]
        owner = func.coalesce(tenure.c.organisation, unit.c.organisation).label("owner")
        goes_on = or_(unit.c.end_day.is_(None), unit.c.end_day > self.on, unit.c.id.in_(sorted(self.heirs.into)))
        query = (
            select(unit.c.id, unit.c.kind, unit.c.start_day, unit.c.end_day, owner)
            .join(above, and_(above.c.unit == unit.c.id, above.c.above == self.unit, lasting(above, self.on)))
            .outerjoin(tenure, and_(tenure.c.unit == unit.c.id, lasting(tenure, self.on)))
            .where(unit.c.level.is_(None), unit.c.start_day <= self.on, goes_on)
        )
        return list(self.connection.execute(query))

    def _rules(self) -> Rules:
        rule, rules = self.facts.standing(ReportingSet).subquery(), defaultdict[Any, Any](lambda: defaultdict(list))
        begun = select(rule).where(rule.c.day <= self.on).order_by(rule.c.day, rule.c.sequence)
        for row in self.connection.execute(begun):
            rules[row.organisation, row.unit_kind][row.matter, Reporting(row.every)].append(row)
        return rules

    def _sent(self) -> Sent:
        sent, days = self.facts.standing(ReportSent).subquery(), defaultdict[Any, list[dt.date]](list)
        inside = and_(sent.c.recipient.is_not(None), sent.c.day <= self.on)
        for row in self.connection.execute(select(sent).where(inside)):
            days[row.unit, row.matter, Period(start=row.period_start, end=row.period_end)].append(row.day)
        return days

    # ── Receiving ────────────────────────────────────────────────────────────────────────────────────────────────

    def _to_receive(self) -> Iterator[Obligation]:
        """Reports that went to a body here since its organisation keeps that book, and were not received by the day."""
        sent, got = self.facts.standing(ReportSent).subquery(), self.facts.standing(ReportReceived).subquery()
        above = self.tables["unit_above"]
        here = and_(above.c.unit == sent.c.recipient, above.c.above == self.unit, lasting(above, self.on))
        received = and_(
            got.c.subject == sent.c.subject, got.c.organisation == sent.c.organisation, got.c.day <= self.on
        )
        query = (
            select(sent)
            .join(above, here)
            .outerjoin(got, received)
            .where(got.c.day.is_(None), sent.c.day <= self.on, sent.c.day > self.on - RECENT)
        )
        kept = self._kept()
        for row in self.connection.execute(query):
            since = kept.get(row.organisation)
            if since is not None and row.day >= since:
                period = Period(start=row.period_start, end=row.period_end)
                place = {"period": period, "matter": row.matter, "sender": row.unit}
                yield Obligation(Kind.RECEIPT, State.DUE, self.heirs.of(row.recipient), **place)

    def _kept(self) -> Mapping[UUID, dt.date]:
        """Organisation → since when it records every receipt here, where it still does."""
        said, last = self.facts.standing(RegisterKept).subquery(), dict[UUID, Row[Any]]()
        begun = and_(said.c.book == BOOK, said.c.day <= self.on)
        for row in self.connection.execute(select(said).where(begun).order_by(said.c.day, said.c.sequence)):
            last[row.organisation] = row
        return {each: row.starts for each, row in last.items() if row.until is None or self.on < row.until}
