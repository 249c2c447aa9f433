"""How is an explanation read by people? As plain text, and as a page for A4 and telephones that fetches nothing."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from fastapi import Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.contracts.event import instant
from shared.units.calendar import Language, day_text, moment_text

_TEMPLATES: Final = Path(__file__).parent / "templates"
WORDS: Final[Mapping[str, tuple[str, str]]] = {
    "explanation": ("Giải thích xếp loại", "A grade explained"),
    "basis": ("Căn cứ", "Legal basis"),
    "version": ("Bản", "Version"),
    "known": ("Như đã biết đến", "As known at"),
    "criteria": ("Tiêu chí", "Criteria"),
    "facts": ("sự việc làm căn cứ", "facts behind it"),
    "first": ("trong đó nêu", "of which shown"),
    "rests": ("Dựa trên cơ cấu và quy định", "Rests on structure and rules"),
    "changes": ("Thay đổi nhỏ nhất", "The smallest change"),
    "alone": ("Riêng từng chỉ tiêu", "Each indicator by itself"),
    "undecided": ("đã thử mọi thay đổi đến", "every change was tried up to"),
    "children": ("Đơn vị trực thuộc, mức đã quyết định", "Units below, the rank decided"),
    "unrated": ("chưa có quyết định", "not decided"),
    "now": ("Khi quyết định → nay", "As decided → now"),
    "differs": ("sự việc khác đi từ đó", "facts that differ since"),
}
"""Headings of page and text, Vietnamese and English."""


def words(language: Language) -> dict[str, str]:
    """The headings in one language."""
    return {name: both[language is Language.ENGLISH] for name, both in WORDS.items()}


def text_of(document: Mapping[str, Any], language: Language) -> str:
    """The explanation as plain text, a line a thing, ended by a line feed."""
    return "\n".join(lines(document, language)) + "\n"


def lines(document: Mapping[str, Any], language: Language) -> Iterator[str]:
    """The explanation, line by line."""
    said, name = words(language), language.value
    rules = document["rule_set"]
    yield document["said"][name]
    yield f"{said['basis']}: {rules['title']}, {rules['issuer']}, {rules['said'][name]}"
    yield f"{said['version']}: {rules['version']}"
    yield from (each[name] for each in document["why"])
    yield from _decided(document, said, name)
    if document["known"] is not None:
        yield f"{said['known']}: {moment_text(instant(document['known']), language)}"
    for line in document["criteria"]:
        yield ""
        yield line["said"][name]
        yield f"  ({line['reference'][name]}; {said['version'].lower()} {line['version'][:12]})"
        if line["lacking"] is not None:
            yield f"  {line['lacking'][name]}"
        yield from (f"  {each[name]}" for each in line["people"])
        yield from _facts(line["facts"], said, name)
    for each in (*document["conditions"], *document["vetoes"]):
        yield ""
        yield each["said"][name]
        yield f"  ({each['reference'][name]}; {said['version'].lower()} {each['version'][:12]})"
        yield from _facts(each["facts"], said, name)
    yield from _below(document, said, name)
    yield ""
    yield f"{said['changes']}:"
    for side in ("better", "worse"):
        yield from (f"  {each}" for each in _change(document["changes"][side], said, name))
    if document["rests_on"]:
        yield ""
        yield f"{said['rests']}:"
        yield from (f"  {_fact(each, name)}" for each in document["rests_on"])


def _facts(found: Mapping[str, Any], said: Mapping[str, str], name: str) -> Iterator[str]:
    """How many facts are behind a line, and those that are shown."""
    shown, of = found["shown"], found["of"]
    if of:
        part = "" if len(shown) == of else f", {said['first']} {len(shown)}"
        yield f"  {of} {said['facts']}{part}"
    yield from (f"    {_fact(each, name)}" for each in shown)


def _below(document: Mapping[str, Any], said: Mapping[str, str], name: str) -> Iterator[str]:
    """The units below with their ranks, where the rules ask for them."""
    if document["children"]:
        yield ""
        yield f"{said['children']}:"
    for each in document["children"] or ():
        yield f"  {each['unit_title'] or each['unit']}: {said['unrated'] if each['rank'] is None else each['rank']}"
        yield from (f"    {_fact(fact, name)}" for fact in each["facts"])


def _decided(document: Mapping[str, Any], said: Mapping[str, str], name: str) -> Iterator[str]:
    """Of a decision: what was decided, what the rules give now, and the facts that differ."""
    if "decision" not in document:
        return
    yield document["decision"]["said"][name]
    yield f"  {_fact(document['decision'], name)}"
    titles = {line["code"]: line["title"] for line in document["criteria"]}
    beside = document["beside"]
    if beside["said"] is not None:
        yield f"{said['now']}: {beside['said'][name]}"
    for each in beside["differs"]:
        yield f"  {titles.get(each['criterion'], each['criterion'])}: {said['differs']}"
        yield from (f"    {_fact(fact, name)}" for fact in each["facts"] if name in fact)


def _change(found: Mapping[str, Any] | None, said: Mapping[str, str], name: str) -> Iterator[str]:
    if found is None:
        return
    smallest = found["smallest"]
    yield found[name] if smallest is None else smallest[name]
    if found["searched"] is not None:
        yield f"({said['undecided']} {found['searched']})"
    for each in found["alone"]:
        if each != smallest:
            yield f"{said['alone']}: {each[name]}"


def _fact(each: Mapping[str, Any], name: str) -> str:
    if "event" not in each:
        return str(each[name])
    day = day_text(dt.date.fromisoformat(each["day"]))
    return f"{day}  {each[name]}  [{each['service']}/{each['organisation']}/{each['sequence']} {each['event']}]"


class Printed:
    """The page, and a policy under which a browser takes its own style sheet and nothing else."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
        )
        self._environment.filters["day"] = lambda text: day_text(dt.date.fromisoformat(text))
        self._environment.filters["moment"] = lambda text, name: moment_text(instant(text), Language(name))
        self._style = (_TEMPLATES / "explanation.css").read_text(encoding="utf-8")
        style = base64.b64encode(hashlib.sha256(self._style.encode()).digest()).decode()
        self._policy = f"default-src 'none'; style-src 'sha256-{style}'; base-uri 'none'; frame-ancestors 'none'"

    def page(self, document: Mapping[str, Any], language: Language) -> Response:
        """The explanation as HTML in one language, the other one smaller beside each sentence."""
        other = Language.VIETNAMESE if language is Language.ENGLISH else Language.ENGLISH
        text = self._environment.get_template("explanation.html").render(
            document=document,
            style=self._style,
            name=language.value,
            other=other.value,
            words=words(language),
            titles={line["code"]: line["title"] for line in document["criteria"]},
        )
        return HTMLResponse(text, headers={"Content-Security-Policy": self._policy})
