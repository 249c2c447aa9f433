"""How does a list go out in somebody else's form? `export members FILE --mapping TEMPLATE --branch …`.

Names are read as anybody reads them: with a key that may, for a stated purpose, and the reading is recorded.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from shared.operations.mapping.layout import MappingFault
from shared.operations.mapping.outward import Row, book, changed, filled, keep, read_template, rows_of
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.sheets.process import write_book
from shared.sheets.tables import Form

PAGE = 500
export = typer.Typer(help="Xuất danh sách theo mẫu khác. · Lists in somebody else's form.", no_args_is_help=True)


@export.callback()
def group() -> None:
    """A group, though it has one command yet."""


@export.command(help="Đoàn viên, hội viên của các chi đoàn, chi hội. · The members of branches.")
def members(  # noqa: PLR0913 — one parameter an option
    file: Annotated[Path, typer.Argument(dir_okay=False, help="Tệp .xlsx hoặc .csv sẽ ghi. · File to write.")],
    *,
    by: Annotated[Path, typer.Option("--mapping", exists=True, dir_okay=False, help="Mẫu cột, .toml. · The template.")],
    purpose: Annotated[str, typer.Option(help="Mục đích, được ghi lại: nop-mau-tinh … · Why; it is recorded.")],
    branch: Annotated[list[UUID] | None, typer.Option(help="Chi đoàn, chi hội; nêu nhiều lần. · Branches.")] = None,
    unit: Annotated[UUID | None, typer.Option(help="Cả một cơ sở, thay cho --branch. · A whole base unit.")] = None,
    day: Annotated[str | None, typer.Option(help="Ngày, yyyy-mm-dd; mặc định hôm nay. · On this day.")] = None,
    since_last: Annotated[
        Path | None, typer.Option(help="Chỉ dòng đã đổi so với lần trước, ghi ở đây. · Changed rows only.")
    ] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 1 when the template is not right, or the service says no; 2 for branches and a unit at once."""
    if bool(branch) == (unit is not None) or (unit is not None and since_last is not None):
        message = "nêu --branch hoặc --unit (--since-last chỉ với --branch) · either --branch or --unit"
        raise typer.BadParameter(message)
    try:
        text = by.read_text(encoding="utf-8")
        template = read_template(text)
    except (MappingFault, UnicodeDecodeError) as error:
        faults = "; ".join(error.faults) if isinstance(error, MappingFault) else "not-utf8"
        print(f"nennep: {faults}", file=sys.stderr)
        raise typer.Exit(1) from None
    remote = Remote(data, key)
    form: Form = "csv" if file.suffix.lower() == ".csv" else "xlsx"
    if unit is not None:
        asked = {"unit": str(unit), "purpose": purpose, "format": form} | ({} if day is None else {"on": day})
        answer = remote.post("membership", "/v1/exports/members", params=asked, content=text.encode())
        file.write_bytes(answer.content)
        tell({"file": str(file)}, f"đã ghi · written: {file}", as_json=as_json)
        return
    rows: list[Row] = []
    for each in branch or ():
        on = {} if day is None else {"on": day}
        listed = remote.get("membership", f"/v1/branches/{each}/members", **on).json()
        rows += rows_of(listed, _persons(remote, each, day, purpose, sensitive=template.sensitive))
    fresh, gone, last = changed(since_last, template, rows)
    shown = rows if since_last is None else fresh
    file.write_bytes(write_book(book(template, filled(template, shown)), form))
    if since_last is not None:
        keep(since_last, last)
    told = {"file": str(file), "rows": len(shown), "of": len(rows), "gone": gone if since_last is not None else []}
    words = f"đã ghi {len(shown)}/{len(rows)} dòng, {len(told['gone'])} người không còn · rows written, no longer there"  # type: ignore[arg-type]
    tell(told, words, as_json=as_json)


def _persons(remote: Remote, branch: UUID, day: str | None, purpose: str, *, sensitive: bool) -> list[dict[str, Any]]:
    """What is held of everybody on the branch's book, page by page."""
    found: list[dict[str, Any]] = []
    after: str | None = None
    while True:
        asked: dict[str, str | int] = {"purpose": purpose, "limit": PAGE, "sensitive": "true" if sensitive else "false"}
        asked |= ({} if day is None else {"day": day}) | ({} if after is None else {"after": after})
        page = remote.get("membership", f"/v1/branches/{branch}/persons", **asked).json()
        found += page["persons"]
        after = page["next"]
        if after is None:
            return found
