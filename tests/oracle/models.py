"""Which community models were established and run on a day, and which hamlets have no model, or no branch?"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable

from tests.oracle.figure import Figure, History, Item
from tests.oracle.standing import Fact, Reference
from tests.oracle.tree import Dimension

NO_FIELD = "-"


def established(history: History, unit: str, day: dt.date) -> Figure:
    """Models established by the day."""
    return history.figure(unit, model_items(history, day, running=False))


def running(history: History, unit: str, day: dt.date) -> Figure:
    """Models established by the day and still running on it."""
    return history.figure(unit, model_items(history, day, running=True))


def model_items(history: History, day: dt.date, *, running: bool) -> list[Item]:
    """One item for each model, in the place for which it counts; keys `type` and `field` ("-" for none)."""
    # «models» "by type and field; closed organisations' models run on"
    return [
        Item(
            fact.body["place"],
            fact.day,
            events=frozenset({fact.reference}),
            keys={"type": fact.body["type"], "field": fact.body.get("field") or NO_FIELD},
        )
        for fact in launched(history, day, running=running)
    ]


def launched(history: History, day: dt.date, *, running: bool) -> list[Fact]:
    """The facts that established models by the day: of all, or of those still running."""
    # «models» "established with day ≤ D; running = not discontinued by D"
    models: dict[str, Fact] = {}
    for fact in history.named("community-model-launched"):
        if fact.day <= day:
            models.setdefault(fact.subject, fact)
    stopped = {fact.subject for fact in history.named("community-model-discontinued") if fact.day <= day}
    return [fact for model, fact in models.items() if not (running and model in stopped)]


def hamlets(history: History, unit: str, day: dt.date) -> frozenset[str]:
    """The hamlets (ấp, khóm, thôn, khu phố) of the unit that live on the day."""
    tree = history.tree
    return frozenset(
        node
        for node in tree.living(day)
        if tree.is_place(node) and tree.founded[node].body["level"] == "locality" and history.has(unit, node, day)
    )


def without_model(history: History, unit: str, day: dt.date, *, tied: bool = False) -> frozenset[str]:
    """The hamlets in which no model runs; with `tied`, no model tied to Dân vận khéo."""
    # «hamlet without a model» "no running model of any organisation; second list for those tied to Dân vận khéo;
    # merged hamlets inherit"
    models = [
        fact
        for fact in launched(history, day, running=True)
        if fact.body.get("skilful_mobilisation", False) or not tied
    ]
    named = (hamlet for fact in models for hamlet in fact.body.get("hamlets", ()))
    return hamlets(history, unit, day) - _carried(history, named, day)


def hamlets_without_model(history: History, unit: str, day: dt.date, *, tied: bool = False) -> Figure:
    """Hamlets without a model ÷ hamlets; behind it the declarations of the hamlets."""
    return _share(history, without_model(history, unit, day, tied=tied), hamlets(history, unit, day))


def without_branch(history: History, organisation: str, unit: str, day: dt.date) -> frozenset[str]:
    """The hamlets of the unit, under the organisation's province, in which the organisation has no living branch."""
    # «hamlet without a branch» "per organisation: living hamlet under its province without a living branch or
    # base-branch (members not asked for); merged hamlets inherit branches"
    tree = history.tree
    branches = (
        node
        for node in tree.living(day)
        if tree.kind(node) in ("branch", "base-branch") and tree.owner(node, day) == organisation
    )
    places = (tree.chain(branch, day, Dimension.TERRITORY).nodes for branch in branches if not tree.is_place(branch))
    covered = {chain[0] for chain in places if chain}
    return province_hamlets(history, organisation, unit, day) - covered


def province_hamlets(history: History, organisation: str, unit: str, day: dt.date) -> frozenset[str]:
    """The living hamlets of the unit that lie under the organisation's province."""
    for fact in history.named("organisation-registered"):
        if fact.subject == organisation and fact.body.get("province") is not None:
            # A province that has ended is where it was carried, as any other place.
            province = history.tree.chain(fact.body["province"], day, Dimension.TERRITORY).nodes[:1]
            return hamlets(history, unit, day) & frozenset(
                hamlet for above in province for hamlet in hamlets(history, above, day)
            )
    return frozenset()


def hamlets_without_branch(history: History, organisation: str, unit: str, day: dt.date) -> Figure:
    """Hamlets without a branch of the organisation ÷ hamlets under its province; behind it their declarations."""
    whole = province_hamlets(history, organisation, unit, day)
    return _share(history, without_branch(history, organisation, unit, day), whole)


def hamlet_items(history: History, without: Iterable[str], day: dt.date) -> list[Item]:
    """One item for each living hamlet: counted when it is one of those without."""
    missing = frozenset(without)
    return [
        Item(node, day, int(node in missing), 1, frozenset({_declaration(history, node)}))
        for node in history.tree.living(day)
        if history.tree.is_place(node) and history.tree.founded[node].body["level"] == "locality"
    ]


def _carried(history: History, places: Iterable[str], day: dt.date) -> frozenset[str]:
    """Where the places lie on the day: they themselves, or what they were merged into."""
    chains = (history.tree.chain(place, day, Dimension.TERRITORY).nodes for place in places)
    return frozenset(chain[0] for chain in chains if chain)


def _share(history: History, part: frozenset[str], whole: frozenset[str]) -> Figure:
    events = frozenset(_declaration(history, hamlet) for hamlet in whole)
    return Figure(len(part), len(whole) if whole else None, events)


def _declaration(history: History, place: str) -> Reference:
    return history.tree.founded[place].reference
