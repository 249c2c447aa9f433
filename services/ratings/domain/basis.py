"""On what may a decision say that it rests? On nothing that lies ahead, and on the rules as they stand in the log."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any

from shared.contracts.event import instant
from shared.contracts.fields import Period
from shared.contracts.ratings import Basis, RuleSetAdopted
from shared.eventsourcing.decider import Said
from shared.eventsourcing.errors import Refused
from shared.units.world import World


class BasisAhead(Refused):
    """What a decision rests on was known when it is posted: no later moment, no event that was not seen here."""

    vi = "Căn cứ của quyết định không thể nằm sau những gì dịch vụ đã ghi nhận."

    foreign = True


class OtherRules(Refused):
    """The digest is not that of the rule set as it stands."""

    vi = "Mã kiểm tra không khớp với bộ tiêu chí đang có trong sổ."


def rules_digest(adopted: RuleSetAdopted) -> str:
    """SHA-256 of the canonical JSON of a rule document, as it was posted: defaults that were left out stay out."""
    return digest(adopted.rules.model_dump(mode="json", exclude_unset=True))


def digest(value: Any) -> str:  # noqa: ANN401 — whatever JSON holds
    """SHA-256 of canonical JSON: keys by code point, no blanks, no escapes but those that JSON demands."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def require_basis(
    basis: Basis | None, period: Period, adopted: RuleSetAdopted | None, said: Said, world: World
) -> None:
    """Raise BasisAhead or OtherRules, with the field."""
    if basis is None:
        return
    if basis.tree > max(said.day, period.end - timedelta(days=1)):
        raise BasisAhead("basis.tree")
    if world.moment is not None and instant(basis.known) > world.moment():
        raise BasisAhead("basis.known")
    for place, each in enumerate(basis.reached):
        if world.reached is not None and world.reached(each.service, each.organisation) < each.sequence:
            field = f"basis.reached.{place}.sequence"
            raise BasisAhead(field)
    if basis.rules_digest is not None and (adopted is None or rules_digest(adopted) != basis.rules_digest):
        raise OtherRules("basis.rules_digest")
