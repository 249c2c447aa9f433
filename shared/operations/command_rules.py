"""Which commands handle rule sets? `rules lint`, `rules schema`, `rules post`.

`lint` and `schema` need no running service and no network. Exit codes: 0 sound or posted, 1 unsound or refused, 2 the
file cannot be read, or wrong use.
"""

from __future__ import annotations

import importlib
import json
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

import typer

from shared.contracts.ratings import RuleSetAdopted
from shared.operations.discovery import discovered
from shared.operations.machine import CannotStart
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

SERVICE: Final = "ratings"
CREATED: Final = 201
UNREADABLE: Final = frozenset(
    {"unreadable", "not-utf8", "too-large", "too-deep", "alias", "duplicate-key", "not-a-text"}
)
"""Findings after which there is nothing to judge."""
rules = typer.Typer(help="Bộ tiêu chí xếp loại. · Rule sets.", no_args_is_help=True)

File = Annotated[Path, typer.Argument(help="Tệp YAML hoặc JSON; -: stdin. · A YAML or JSON file.")]


@rules.command(help="Kiểm tra một bộ tiêu chí, từng dòng. · Look a rule set over, line by line.")
def lint(file: File, *, as_json: Json = False) -> None:
    """Every finding with its line; warnings alone leave the rule set sound."""
    sheet = _desk().read_sheet(content_of(file))
    found = [each._asdict() for each in sheet.findings]
    words = [
        f"{file}:{each['line']}: {each['place'] or '-'}: {each['vi']} · {each['en']} [{each['code']}]"
        + ("" if each["grave"] else " (cảnh báo · warning)")
        for each in found
    ]
    summary = "dùng được · sound" if sheet.sound else "không dùng được · unsound"
    tell({"sound": sheet.sound, "findings": found}, "\n".join([*words, summary]), as_json=as_json)
    if not sheet.sound:
        raise typer.Exit(2 if {each["code"] for each in found} & UNREADABLE else 1)


@rules.command(help="JSON Schema của bộ tiêu chí. · The JSON Schema of a written rule set.")
def schema(*, as_json: Json = False) -> None:
    """For editors that check while one writes, and for other programs."""
    print(json.dumps(_desk().schema(), ensure_ascii=False, indent=None if as_json else 2))


@rules.command(help="Ban hành: gửi bộ tiêu chí vào sổ. · Adopt: post a rule set.")
def post(file: File, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """The id of the fact follows from its content: the same file twice is recorded once."""
    sheet = _desk().read_sheet(content_of(file))
    if sheet.fact is None or sheet.rule_set is None:
        message = f"nennep rules lint {file}: không dùng được hoặc thiếu rule_set / unsound, or rule_set is missing"
        raise CannotStart(message)
    headers = {"Content-Type": "application/x-ndjson"}
    content = json.dumps(fact_of(sheet.rule_set, sheet.fact), ensure_ascii=False).encode() + b"\n"
    answer = Remote(data, key).post(SERVICE, "/v1/events", content=content, headers=headers).json()["outcomes"][0]
    words = "đã ban hành · adopted" if answer["status"] == CREATED else "đã có trong sổ · already there"
    tell(answer, f"{words} {sheet.rule_set}", as_json=as_json)


def fact_of(rule_set: UUID, fact: RuleSetAdopted) -> dict[str, Any]:
    """What is posted: the fact as it was written, on the day of issue."""
    said = fact.model_dump(mode="json", exclude_unset=True)
    text = json.dumps(said, ensure_ascii=False, sort_keys=True)
    return {
        "specversion": "1.0",
        "id": str(uuid5(NAMESPACE_URL, f"{rule_set}\n{text}")),
        "source": "/nennep/rules",
        "type": RuleSetAdopted.name,
        "subject": str(rule_set),
        "occurred": fact.issued.isoformat(),
        "data": {"fact": said},
    }


def content_of(file: Path) -> bytes:
    """What the file says. CannotStart where it cannot be read."""
    if str(file) == "-":
        return typer.get_binary_stream("stdin").read()
    try:
        return file.read_bytes()
    except OSError as error:
        message = f"không đọc được / cannot read: {file} ({error.strerror})"
        raise CannotStart(message) from error


def _desk() -> Any:  # noqa: ANN401 — a module of whoever rates
    """The service that rates says how its rules are read. CannotStart where it is not installed here."""
    if SERVICE not in discovered():
        message = f"không có ở đây / not here: {SERVICE}"
        raise CannotStart(message)
    return importlib.import_module(f"services.{SERVICE}.domain.rules.sheet")
