"""Which rule documents are hostile or silly? Bombs, code, nonsense, and sound ones with one thing made wrong."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable, Iterator
from typing import Any

from services.ratings.domain.rules.page import read_page
from tests.support.rated import EXAMPLES

Json = dict[str, Any]
CODE = (
    "__import__('os').system('touch {canary}')",
    "eval(compile('open(\"{canary}\", \"w\")', '', 'exec'))",
    "().__class__.__bases__[0].__subclasses__()",
    "{{{{ cycler.__init__.__globals__.os.popen('touch {canary}') }}}}",
    "${{jndi:ldap://127.0.0.1/a}}",
    "$(touch {canary})",
    "; touch {canary} #",
    "attendance >= 80 % and open('{canary}', 'w')",
    "1 if exec(\"open('{canary}','w')\") else 0",
    "lambda: attendance",
    "while true: attendance",
    "attendance >= 80 %; DROP TABLE rules",
    "attendance ** attendance ** attendance >= 1",
    "9" * 400,
    "(" * 250 + "attendance >= 1 %" + ")" * 200,
    "not " * 100 + "met.a",
    "attendance >= 1 % and " * 20 + "attendance",
    "a" * 500,
    "attendance >= 1e9 %",
    "attendance >= -1 %",
    "attendance >= 0x10",
    "attendance >= 80,123 %",
    "attendance = 100 % = 100 %",
    "attendance",
    "80 % <= attendance",
    "not",
    "and and and",
    "attendance >= nan %",
    "attendance >= ٨٠ %",
    "ａｔｔｅｎｄａｎｃｅ >= 80 %",
    "attendance\u200b >= 80 %",
    "points.nowhere >= 1",
    "children.rank-x >= 1 %",
    "figure.nowhere >= 1",
    "points > 1000000",
    "lowest < 0 %",
)
"""Conditions that the language has no place for, or that can never hold."""
TAGS = (
    "!!python/object/apply:os.system ['touch {canary}']",
    "!!python/object/new:subprocess.Popen [['touch', '{canary}']]",
    "!!python/name:os.system",
    "!!python/module:os",
    "!include {canary}",
    "!!binary aGk=",
    "!!set {{a, b}}",
    "&a [*a]",
    "*nowhere",
    "!!timestamp 2025-08-30",
)
VALUES: tuple[Any, ...] = (
    None,
    -1,
    10**11,
    1.5,
    True,
    "",
    " ",
    "\u0000",
    "a\u202eb",
    "x" * 5_000,
    [],
    {},
    [[]],
    {"a": {}},
)
"""Values that no field of a rule document takes where another type or range is asked."""


def bombs(canary: str) -> Iterator[bytes]:
    """Texts that grow, go deep, or run something where a reader is careless."""
    laughs = ["a: &a [lol, lol, lol, lol, lol, lol, lol, lol, lol]"]
    laughs += [f"{chr(98 + n)}: &{chr(98 + n)} [{', '.join([f'*{chr(97 + n)}'] * 9)}]" for n in range(9)]
    yield "\n".join(laughs).encode()
    for deep in (13, 100, 10_000, 100_000):
        yield b"[" * deep + b"]" * deep
        yield b'{"a":' * deep + b"1" + b"}" * deep
        yield b"- " * deep
        yield b"? " * deep
    yield b"a: " + b"9" * 200_000
    yield b"title: '" + b"x" * 250_000
    yield b"x" * 1_000_000
    yield b"\n".join(b"k%d: 1" % n for n in range(20_000))
    yield b"[" + b"1," * 100_000 + b"1]"
    yield b'{"a": ' + b"[1," * 12 + b"1"
    yield b"\xff\xfe\x00"
    yield b"\x00" * 1_000
    yield b"%YAML 1.1\n%TAG ! tag:x,2000:\n---\na: 1"
    yield b"a: |\n" + b" x\n" * 50_000
    yield b"--- a\n--- b\n" * 1_000
    yield b"#" * 200_000
    yield b""
    yield b"null"
    yield b'"\\ud800"'
    yield b'a: "\\UFFFFFFFF"'
    yield b"<<: {a: 1}"
    for tag in TAGS:
        yield f"title: {tag.format(canary=canary)}".encode()


def spoilt(dice: random.Random, canary: str) -> bytes:
    """A sound page in which one thing was made wrong: it must be refused, and the line of it is near."""
    page = read_page(dice.choice(EXAMPLES).read_bytes()).value
    document: Json = copy.deepcopy(page)
    dice.choice(SPOILS)(document, dice, canary)
    return json.dumps(document, ensure_ascii=False, indent=1).encode("utf-8", "surrogatepass")


def scratched(dice: random.Random) -> bytes:
    """The bytes of a page with a few of them changed: refused or not, it must be read to an end."""
    content = bytearray(dice.choice(EXAMPLES).read_bytes())
    for _ in range(dice.randint(1, 6)):
        at, what = dice.randrange(len(content)), dice.choice(b"\x00\t\n \"'&*!|>%@`{}[]:,-?#0aZ\xc3\xff")
        match dice.randrange(4):
            case 0:
                content[at] = what
            case 1:
                del content[at : at + dice.randint(1, 40)]
            case 2:
                content[at:at] = bytes([what])
            case _:
                content[at:at] = content[at : at + dice.randint(1, 200)]
    return bytes(content)


def _condition(document: Json, dice: random.Random, canary: str) -> None:
    text = dice.choice(CODE).format(canary=canary)
    rules = document["rules"]
    rank = dice.choice(rules["grades"])["rank"] if rules["grades"] else 1
    where, said = dice.choice((("conditions", {"rank": rank}), ("vetoes", {"best": rank, "code": "v"})))
    rules.setdefault(where, []).append({"title": "Đ", "clause": "1", "when": text, **said})


def _value(document: Json, dice: random.Random, _canary: str) -> None:
    """A field that takes another type, or nothing like it."""
    part = dice.choice([document, document["rules"], *document["rules"]["criteria"], *document["rules"]["grades"]])
    wanted = {"title", "clause", "code", "points", "rank", "label", "scale", "issuer", "issued", "schema_version"}
    field = dice.choice(sorted(wanted & part.keys()))
    value = dice.choice(VALUES)
    # On a page 1.5 is a text, and a good clause.
    part[field] = [value] if isinstance(value, float) else value


def _unknown(document: Json, dice: random.Random, canary: str) -> None:
    part = dice.choice([document, document["rules"], *document["rules"]["criteria"]])
    part[dice.choice(("__class__", "eval", canary, "points_", "Title", "điểm", ""))] = dice.choice((1, "x", None))


def _missing(document: Json, dice: random.Random, _canary: str) -> None:
    part = dice.choice([document, document["rules"], *document["rules"]["criteria"]])
    field = dice.choice(sorted({"title", "clause", "code", "points", "criteria", "issued", "rules"} & part.keys()))
    del part[field]


def _criterion(document: Json, dice: random.Random, _canary: str) -> None:
    """A criterion that contradicts itself, or names what is not there."""
    criteria: list[Json] = document["rules"]["criteria"]
    criterion = dice.choice(criteria)
    change: Callable[[], object] = dice.choice(
        (
            lambda: criteria.append(copy.deepcopy(criterion)),
            lambda: criterion.update(indicator="happiness", by="computed", mark="points"),
            lambda: criterion.update(group="nowhere"),
            lambda: criterion.update(by="votes", indicator="attendance"),
            lambda: criterion.update(by="computed", indicator=None),
            lambda: criterion.update(mark="rank", points=100),
            lambda: criterion.update(by="everybody"),
            lambda: criterion.update(
                bands=[{"at_least": 1, "points": 5}] * 2, by="votes", indicator=None, mark="points"
            ),
            lambda: criterion.update(points=criterion.get("points", 0) + 1, group="nowhere"),
            lambda: criterion.update(full_at=0),
            lambda: criterion.update(months=0),
        )
    )
    change()


def _whole(document: Json, dice: random.Random, _canary: str) -> None:
    """A document whose parts do not fit each other."""
    rules: Json = document["rules"]
    cap = {"pool": "nowhere", "rank": 1, "below": 2, "share": 2000, "of": "all", "rounding": "down", "clause": "1"}
    many = [{"scale": "s", "rank": rank, "label": "M"} for rank in range(1, 25)]
    change: Callable[[], object] = dice.choice(
        (
            lambda: rules.update(schema_version=3),
            lambda: rules.update(total=1),
            lambda: rules.update(otherwise=99),
            lambda: rules.update(caps=[cap]),
            lambda: rules.update(thresholds=[{"rank": 99, "at_least": 1}]),
            lambda: rules.update(grades=[*many]),
            lambda: rules.update(grades=[many[0], many[0]]),
            lambda: rules.update(grades=[many[0], {**many[1], "scale": "t"}]),
            lambda: rules.update(criteria=[]),
            lambda: rules.update(criteria=rules["criteria"] * 300),
            lambda: rules.update(groups=[{"code": "empty", "title": "T", "clause": "1"}]),
            lambda: rules.update(vetoes=[{"code": "v", "title": "T", "clause": "1", "when": "age < 6", "best": 99}]),
            lambda: rules.update(youngest={"months": 0, "clause": "1"}),
            lambda: document.update(rules=[rules]),
            lambda: document.update(rule_set="no id"),
            lambda: document.update(issued="30/8/2025"),
            lambda: document.update(effective_from="1000-01-01"),
        )
    )
    change()


SPOILS: tuple[Callable[[Json, random.Random, str], None], ...] = (
    _condition,
    _condition,
    _value,
    _unknown,
    _missing,
    _criterion,
    _whole,
)
