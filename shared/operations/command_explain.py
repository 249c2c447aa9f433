"""Which commands say why? `explain`: a grade down to its facts, what would have changed it, and what has moved it.

Exit codes: 0 explained, 1 the service refuses (no such rule set, out of reach), 2 wrong use, or nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from shared.contracts.event import instant
from shared.history.replay.sentences import hundredths
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.units.calendar import Language, moment_text

SERVICE: Final = "ratings"
WHY, MOVED, DECIDED = "/v1/explanations", "/v1/explanations/moved", "/v1/explanations/decided"
English = Annotated[bool, typer.Option("--english", help="Bằng tiếng Anh. · In English.")]
KnownThen = Annotated[
    str | None, typer.Option(help="Như đã biết đến hết ngày, hoặc thời điểm. · As known at the end of a day, or then.")
]
Since = Annotated[
    str | None, typer.Option(help="Sự việc nào làm thay đổi từ thời điểm đó. · Which facts moved it since then.")
]
Until = Annotated[str | None, typer.Option(help="Đến thời điểm; mặc định: nay. · Until then; now.")]
Whom = Annotated[
    UUID | None, typer.Option(help="Người được xếp loại trong đơn vị. · The person who is rated in the unit.")
]
Standing = Annotated[
    str | None, typer.Option(help="Tư cách: officer hoặc member. · In what standing: officer or member.")
]
Axis = Annotated[str | None, typer.Option(help="Trục xếp loại; mặc định: vertical. · The axis of the rating.")]
Decision = Annotated[
    str | None, typer.Option(help="Một quyết định: tổ chức/sự việc. · A decision: organisation/event.")
]


def explain(  # noqa: PLR0913 — one parameter an option
    unit: Annotated[UUID, typer.Argument(help="Đơn vị được xếp loại. · The rated unit.")],
    *,
    rule_set: Annotated[UUID | None, typer.Option("--rule-set", help="Bộ tiêu chí. · The rule set.")] = None,
    decision: Decision = None,
    person: Whom = None,
    kind: Standing = None,
    axis: Axis = None,
    year: Annotated[int | None, typer.Option(help="Năm. · The year.")] = None,
    start: Annotated[str | None, typer.Option(help="Ngày đầu kỳ. · First day, yyyy-mm-dd.")] = None,
    end: Annotated[str | None, typer.Option(help="Ngày sau kỳ. · The day after the last one.")] = None,
    known: KnownThen = None,
    since: Since = None,
    until: Until = None,
    facts: Annotated[int, typer.Option(min=0, max=1_000, help="Số sự việc mỗi tiêu chí. · Facts a criterion.")] = 20,
    page: Annotated[Path | None, typer.Option(help="Ghi trang để in (HTML). · Write the page to print.")] = None,
    english: English = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """From a grade down to criteria, figures and facts, each line with its clause; and what would have changed it."""
    if (rule_set is None) == (decision is None):
        message = "một trong hai: --rule-set hoặc --decision / one of the two"
        raise typer.BadParameter(message)
    remote, language = Remote(data, key), Language.ENGLISH if english else Language.VIETNAMESE
    asked = {"unit": unit, "rule_set": rule_set, "year": year, "start": start, "end": end, "known": known}
    asked |= {"person": person, "kind": kind, "axis": axis}
    given: dict[str, Any] = {name: str(value) for name, value in asked.items() if value is not None}
    if since is not None:
        given |= {"known": since} | ({} if until is None else {"and": until})
        told = remote.get(SERVICE, MOVED, **given).json()
        tell(told, "\n".join(_moved(told, language)), as_json=as_json)
        return
    path = WHY
    if decision is not None:
        organisation, _, event = decision.partition("/")
        path, given = DECIDED, {"organisation": organisation, "event": event}
    given |= {"facts": facts, "language": language.value}
    if page is not None:
        page.write_text(remote.get_as(SERVICE, path, "text/html", **given).text, encoding="utf-8")
    if as_json:
        tell(remote.get(SERVICE, path, **given).json(), "", as_json=True)
    else:
        tell(None, remote.get_as(SERVICE, path, "text/plain", **given).text.rstrip("\n"), as_json=False)


def _moved(told: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The grade at both moments, and each fact with the points by which it moved a criterion."""
    titles = {each["code"]: each["title"] for each in told["now"]["criteria"]}
    yield told["said"][language.value]
    for each in told["facts"]:
        moved = ", ".join(f"{titles[one['code']]} {_signed(one['points'], language)}" for one in each["criteria"])
        recorded = moment_text(instant(each["recorded"]), language)
        yield f"{recorded}  {each.get(language.value, '?')}  ({moved}){_receipt(each)}"
    for each in told["people"]:
        points = " → ".join(_given(each["points"][side], language) for side in ("then", "now"))
        yield f"{titles[each['code']]}: {points}"
        yield from (f"  {said[language.value]}" for said in each["now"])


def _receipt(each: Mapping[str, Any]) -> str:
    """Where the fact stands; nothing of one that this key may not read."""
    if "event" not in each:
        return ""
    return f"  [{each['service']}/{each['organisation']}/{each['sequence']} {each['event']}]"


def _given(points: int | None, language: Language) -> str:
    return "–" if points is None else hundredths(points, language)


def _signed(points: int | None, language: Language) -> str:
    if points is None:
        return "?"
    return f"{'−' if points < 0 else '+'}{hundredths(abs(points), language)}"
