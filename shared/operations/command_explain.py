"""Which commands say why? `explain`: a grade down to its facts, and what would have changed it.

Exit codes: 0 explained, 1 the service refuses (no such rule set, out of reach), 2 wrong use, or nothing runs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

SERVICE: Final = "ratings"
English = Annotated[bool, typer.Option("--english", help="Bằng tiếng Anh. · In English.")]
KnownThen = Annotated[
    str | None, typer.Option(help="Như đã biết đến hết ngày, hoặc thời điểm. · As known at the end of a day, or then.")
]


def explain(  # noqa: PLR0913 — one parameter an option
    unit: Annotated[UUID, typer.Argument(help="Đơn vị được xếp loại. · The rated unit.")],
    *,
    rule_set: Annotated[UUID, typer.Option("--rule-set", help="Bộ tiêu chí. · The rule set.")],
    year: Annotated[int | None, typer.Option(help="Năm. · The year.")] = None,
    start: Annotated[str | None, typer.Option(help="Ngày đầu kỳ. · First day, yyyy-mm-dd.")] = None,
    end: Annotated[str | None, typer.Option(help="Ngày sau kỳ. · The day after the last one.")] = None,
    known: KnownThen = None,
    facts: Annotated[int, typer.Option(min=0, max=1_000, help="Số sự việc mỗi tiêu chí. · Facts a criterion.")] = 20,
    page: Annotated[Path | None, typer.Option(help="Ghi trang để in (HTML). · Write the page to print.")] = None,
    english: English = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """From a grade down to criteria, figures and facts, each line with its clause; and what would have changed it."""
    asked = {"unit": unit, "rule_set": rule_set, "year": year, "start": start, "end": end, "known": known}
    given: dict[str, Any] = {name: str(value) for name, value in asked.items() if value is not None}
    given |= {"facts": facts, "language": "en" if english else "vi"}
    remote = Remote(data, key)
    if page is not None:
        page.write_text(_as(remote, "text/html", given), encoding="utf-8")
    if as_json:
        tell(remote.get(SERVICE, "/v1/explanations", **given).json(), "", as_json=True)
    else:
        tell(None, _as(remote, "text/plain", given).rstrip("\n"), as_json=False)


def _as(remote: Remote, form: str, given: dict[str, Any]) -> str:
    return remote.get_as(SERVICE, "/v1/explanations", form, **given).text
