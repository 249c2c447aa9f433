"""Which command tries rules that nobody has adopted? `rules try`: who would move in past years, and by which criterion.

Nothing is recorded. Exit codes: 0 tried, 1 the draft is unsound or the service refuses, 2 the file cannot be read, or
wrong use.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from shared.history.replay.sentences import hundredths
from shared.operations.command_rules import SERVICE, File, content_of, rules
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.units.calendar import Language, number_text

NONE: Final = {Language.VIETNAMESE: "không xếp mức", Language.ENGLISH: "no grade"}


@rules.command("try", help="Chạy thử dự thảo trên các năm đã qua. · Try a draft on past years.")
def try_draft(  # noqa: PLR0913 — one parameter an option
    file: File,
    *,
    unit: Annotated[UUID, typer.Option(help="Mọi đơn vị thuộc đơn vị này. · All units under this one.")],
    years: Annotated[str, typer.Option(help="Các năm, cách bằng dấu phẩy. · Years, with commas.")],
    against: Annotated[UUID | None, typer.Option(help="So với bộ tiêu chí. · Beside a rule set.")] = None,
    limit: Annotated[int, typer.Option(min=0, max=10_000, help="Số đơn vị nêu tên. · Units named.")] = 50,
    english: Annotated[bool, typer.Option("--english", help="Bằng tiếng Anh. · In English.")] = False,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Who would move from which grade to which, beside the rules in force in each year or those named."""
    asked: dict[str, str | int] = {"unit": str(unit), "years": years, "limit": limit}
    asked |= {} if against is None else {"against": str(against)}
    headers = {"Content-Type": "application/yaml"}
    answer = Remote(data, key).post(SERVICE, "/v1/drafts", params=asked, content=content_of(file), headers=headers)
    told = answer.json()
    tell(told, "\n".join(_lines(told, Language.ENGLISH if english else Language.VIETNAMESE)), as_json=as_json)


def _lines(told: Mapping[str, Any], language: Language) -> Iterator[str]:
    english = language is Language.ENGLISH
    titles = {reason["code"]: reason["title"] for each in told["moved"] for reason in each["by"] if reason["title"]}
    for year in told["years"]:
        against = year["against"]
        beside = "–" if against is None else f"{against['title']} ({against['legal_reference']})"
        units, moved = (number_text(year[name], language) for name in ("units", "moved"))
        yield f"{year['year']}: {units} {'units' if english else 'đơn vị'}, {moved} {'move' if english else 'đổi mức'}"
        yield f"  {'beside' if english else 'so với'}: {beside}"
        for shift in year["shifts"]:
            was, would = (shift[name] or NONE[language] for name in ("from", "to"))
            if was != would:
                yield f"  {was} → {would}: {number_text(shift['units'], language)}"
        for each in year["by"]:
            reason, units = titles.get(each["code"], each["code"]), number_text(each["units"], language)
            yield f"  {'by' if english else 'do'} {reason}: {units}"
        for cap in year["caps"]:
            for group in cap["over"]:
                rater = "–" if group["rater"] is None else told["titles"].get(group["rater"], group["rater"])
                given, allowed = (number_text(group[name], language) for name in ("given", "allowed"))
                yield f"  {'over the cap' if english else 'vượt tỷ lệ'} {cap['clause']}, {rater}: {given} > {allowed}"
    for each in told["moved"]:
        was, would = (NONE[language] if each[name] is None else each[name]["label"] for name in ("from", "to"))
        yield f"{each['year']}  {told['titles'].get(each['unit'], each['unit'])}: {was} → {would}{_why(each, language)}"


def _why(moved: Mapping[str, Any], language: Language) -> str:
    """The first reason, with the points before and after."""
    if not moved["by"]:
        return ""
    first = moved["by"][0]
    if first["kind"] != "criterion":
        return f" ({first['title'] or first['code']})"
    was, would = ("–" if first[name] is None else hundredths(first[name], language) for name in ("from", "to"))
    return f" ({first['title']}: {was} → {would})"
