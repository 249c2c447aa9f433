"""Which commands hand out reports? `report conference`, `report grades`, `report years`, asked of the running service.

Exit codes: 0 answered, 1 refused, 2 nothing runs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID

import typer

from shared.history.replay.wording import period_words
from shared.operations.command_replay import End, Known, Start, Tree, Unit, day, instant_of
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.units.calendar import number_text, percent_text

report = typer.Typer(
    help="Báo cáo xếp loại, báo cáo sơ kết. · Reports on grades, for conferences.", no_args_is_help=True
)
UNIT_YEARS: Final = "unit-years"
COMPARABLE: Final = {"yes": "so sánh được", "limited": "hạn chế", "no": "không so sánh được"}


class Format(StrEnum):
    """As what a report is written."""

    DOCX = "docx"
    PDF = "pdf"
    XLSX = "xlsx"
    JSON = "json"


Until = Annotated[str | None, typer.Option(help="Quyết định trước ngày này. · Decisions before this day.")]


@report.command(help="Báo cáo sơ kết, tổng kết ra tệp. · The report for a review conference, as a file.")
def conference(  # noqa: PLR0913 — one parameter an option
    *,
    unit: Unit,
    start: Start,
    end: End,
    out: Annotated[Path, typer.Option(help="Tệp kết quả. · The file to write.")],
    format: Annotated[Format | None, typer.Option(help="Mặc định: theo đuôi tệp. · Else by the file's name.")] = None,
    issuer: Annotated[UUID | None, typer.Option(help="Đơn vị báo cáo. · Who hands it in.")] = None,
    title: Annotated[str, typer.Option(help="Tên báo cáo; mặc định: tự đặt. · Its title; else made.")] = "",
    number: Annotated[str, typer.Option(help="Số văn bản. · Its number.")] = "",
    place: Annotated[str, typer.Option(help="Nơi ký. · Where it is signed.")] = "",
    dated: Annotated[str | None, typer.Option("--day", help="Ngày ký. · The day of the report.")] = None,
    directive: Annotated[UUID | None, typer.Option(help="Văn bản được sơ kết. · The directive reviewed.")] = None,
    until: Until = None,
    known: Known = None,
    tree: Tree = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Writes the file; what it holds is what the service's views say now, or said then."""
    kind = _format(out, format)
    asked = _asked(unit, start, end, until, known, tree) | {"format": kind.value}
    asked |= {"title": title, "number": number, "place": place}
    asked |= {} if issuer is None else {"issuer": str(issuer)}
    asked |= {} if directive is None else {"directive": str(directive)}
    asked |= {} if dated is None else {"day": str(day("day", dated))}
    content = Remote(data, key).get("ratings", "/v1/conference-reports", **asked).content
    out.write_bytes(content)
    tell({"file": str(out), "bytes": len(content)}, f"{out}: {number_text(len(content))} byte", as_json=as_json)


@report.command(help="Phân bố xếp loại. · Grades by level, axis, rater, unit, period.")
def grades(  # noqa: PLR0913 — as above
    *,
    unit: Unit,
    start: Start,
    end: End,
    by: Annotated[str, typer.Option(help="level,axis,rater,unit,period")] = "level,axis,period",
    until: Until = None,
    known: Known = None,
    tree: Tree = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Numerator, denominator and percentage of each grade; scales never mix."""
    asked = _asked(unit, start, end, until, known, tree) | {"by": by}
    found = Remote(data, key).get("ratings", "/v1/grades/distribution", **asked).json()
    tell(found, "\n".join(_lines(found["rows"], found["titles"])) or "–", as_json=as_json)


@report.command(help="Xếp loại qua các năm, năm nào so sánh được. · Which years compare, and what changed.")
def years(  # noqa: PLR0913 — as above
    *,
    unit: Unit,
    start: Start,
    end: End,
    until: Until = None,
    known: Known = None,
    tree: Tree = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Period by period, and from each to the next what compares and why not."""
    asked = _asked(unit, start, end, until, known, tree)
    found = Remote(data, key).get("ratings", "/v1/grades/years", **asked).json()
    tell(found, "\n".join(_series(found)) or "–", as_json=as_json)


def _asked(unit: UUID, start: str, end: str, until: str | None, known: str | None, tree: str | None) -> dict[str, str]:
    given = {"start": start, "end": end, "until": until, "tree": tree}
    days = {name: str(day(name, text)) for name, text in given.items() if text is not None}
    if known is not None:
        instant_of("known", known)
        days["known"] = known
    return {"unit": str(unit)} | days


def _format(out: Path, asked: Format | None) -> Format:
    try:
        return asked or Format(out.suffix.lower().removeprefix("."))
    except ValueError:
        raise typer.BadParameter(out.name, param_hint="--out") from None


def _lines(rows: list[Mapping[str, Any]], titles: Mapping[str, str]) -> Iterator[str]:
    for row in rows:
        keys = ", ".join(_value(value, titles) for value in row["keys"].values())
        what = " đơn vị–năm" if row["counts"] == UNIT_YEARS else ""
        numbers = f"{number_text(row['numerator'])}/{number_text(row['denominator'])}{what}"
        yield f"{keys}: {row['label']} {numbers} ({percent_text(row['numerator'], row['denominator'])})"


def _series(found: Mapping[str, Any]) -> Iterator[str]:
    for each in found["series"]:
        yield f"{each['level']}, {each['axis']}"
        for period in each["periods"]:
            yield from (f"  {line}" for line in _lines(period["grades"], found["titles"]))
        for step in each["steps"]:
            between = f"{period_words(step['from']['period'])} → {period_words(step['to']['period'])}"
            yield f"  {between}: {COMPARABLE[step['comparable']]}"
            yield from (f"    {reason['vi']}" for reason in step["reasons"])
            if (units := step["units"]) is not None:
                words = ("đơn vị có ở cả hai kỳ", "lên", "giữ nguyên", "xuống", "chỉ kỳ trước", "chỉ kỳ sau")
                yield "    " + "; ".join(
                    f"{word} {number_text(number)}" for word, number in zip(words, units.values(), strict=True)
                )


def _value(value: str, titles: Mapping[str, str]) -> str:
    return period_words(value) if "/" in value else titles.get(value, value)
