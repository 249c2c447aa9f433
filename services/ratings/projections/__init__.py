"""Which questions does ratings answer? One file a question: its table if it keeps one, and its figures."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.ratings.domain.rules import indicators
from services.ratings.projections import (
    attendance,
    cards,
    coverage,
    disciplines,
    dues,
    duty,
    grades,
    hamlets,
    heads,
    households,
    leaders,
    meetings,
    members,
    models,
    party,
    plans,
    reports,
    standings,
    support,
    tasks,
    unit_disciplines,
    visits,
)
from shared.eventsourcing.projection import Projection
from shared.history.figures import Figure
from shared.units.identities import Identities
from shared.units.on_duty import Charges
from shared.units.projection import Rosters, Units

QUESTIONS: Final = (
    *(members, coverage, households, party),
    *(dues, cards, disciplines, leaders, plans, unit_disciplines, tasks),
    *(meetings, attendance, visits, duty),
    *(models, hamlets, heads, support),
    *(grades, reports),
)
RECONCILED: Final = (
    *("members", "persons", "admissions", "readmissions", "referrals", "party-admissions", "cards-held"),
    *("disciplines", "units-disciplined", "commendations", "benefits", "equipment"),
)
"""Figures of membership that put each thing into one unit, checked hourly to give one total under every tree.

Rates and counts by scope look at the asked unit. Of dues there are too many to be read each hour."""
FIGURES: Final[Mapping[str, Figure]] = {figure.name: figure for question in QUESTIONS for figure in question.FIGURES}
"""Every figure by its name, in the order of the catalogue."""

PROJECTIONS: Final[tuple[type[Projection], ...]] = (
    Units,
    Rosters,
    Identities,
    Charges,
    heads.Heads,
    standings.Standings,
)
"""The state that is kept, each after what it rests on."""

INDICATORS: Final[Mapping[str, str]] = {
    each.code: each.figure for each in indicators.INDICATORS.values() if each.figure is not None
}
"""Indicators that a rule set may name, and the figure that measures each."""
