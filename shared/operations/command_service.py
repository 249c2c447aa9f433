"""How does a new service begin? As one folder that runs at once, with its tests; nothing else is edited.

In a checkout of the product the folder is `services/NAME`, its mirror `tests/NAME`; anywhere else it is a project.
"""

from __future__ import annotations

import importlib.util
import keyword
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Final

import typer
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.operations.discovery import discovered
from shared.operations.machine import CannotStart
from shared.operations.options import Json, tell

TEMPLATES: Final = Path(__file__).parent / "templates"
NAME: Final = re.compile("[a-z]{2,30}")
QUESTION: Final = "How often did branches meet, and how many came?"
TITLE: Final = "tổng hợp sinh hoạt"
_PLAIN: Final = re.compile(r'[^"\\{}\x00-\x1f]{1,80}')


def new_service(
    name: Annotated[str, typer.Argument(help="Tên dịch vụ, chữ thường. · Its name, small letters.")],
    *,
    question: Annotated[str, typer.Option(help="Câu hỏi mà dịch vụ trả lời. · The question it answers.")] = QUESTION,
    title: Annotated[str, typer.Option(help="Tên bằng tiếng Việt. · Its title in Vietnamese.")] = TITLE,
    into: Annotated[Path, typer.Option(help="Thư mục gốc. · The folder to make it in.")] = Path(),
    as_json: Json = False,
) -> None:
    """The files that were made. Nothing that is there is written over."""
    root = into.resolve()
    inside = (root / "services" / "__main__.py").is_file() and (root / "shared").is_dir()
    _check(name, question, title, inside=inside)
    made = {root / path: text for path, text in rendered(name, question, title, inside=inside)}
    if there := next((file for file in made if file.exists()), None):
        message = f"đã có / is there already: {there.relative_to(root)}"
        raise CannotStart(message)
    for file, text in made.items():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    if inside:
        _refresh(root)
    paths = [str(file.relative_to(root)) for file in made]
    tell({"service": name, "files": paths}, "\n".join(paths), as_json=as_json)


def _refresh(root: Path) -> None:
    """Write anew what is generated from the services that are there: containers, and descriptions of each API.

    In a process of its own: this one may have looked for services before the new one was there.
    """
    for module in ("readers_compose", "specs"):
        words = [sys.executable, "-m", f"shared.operations.{module}"]
        environment = {**os.environ, "PYTHONPATH": str(root)}
        done = subprocess.run(words, cwd=root, env=environment, check=False, capture_output=True, text=True)
        if done.returncode != 0:
            message = f"không viết lại được / cannot be written anew: {module} ({done.stderr.strip()[-300:]})"
            raise CannotStart(message)


def rendered(name: str, question: str, title: str, *, inside: bool) -> Iterator[tuple[Path, str]]:
    """Path below the folder → text, of every file."""
    environment = Environment(  # noqa: S701 — Python and TOML, not HTML; what goes in has been checked
        loader=FileSystemLoader(TEMPLATES), undefined=StrictUndefined, keep_trailing_newline=True, trim_blocks=True
    )
    package = f"services.{name}" if inside else name
    words = {
        "name": name,
        "package": package,
        "question": question,
        "title": title,
        "title_line": f"{title[0].upper()}{title[1:]}",
    }
    places = {"service": Path(*package.split(".")), "tests": Path("tests", name) if inside else Path("tests")}
    for folder in ("service", "tests", *(() if inside else ("project",))):
        for template in sorted((TEMPLATES / folder).rglob("*.j2")):
            path = template.relative_to(TEMPLATES / folder).with_suffix("")
            text = environment.get_template(template.relative_to(TEMPLATES).as_posix()).render(words)
            yield places.get(folder, Path()) / path, text


def _check(name: str, question: str, title: str, *, inside: bool) -> None:
    """CannotStart where no service of that name can be, or a text cannot stand in a docstring."""
    fit = NAME.fullmatch(name) is not None and not keyword.iskeyword(name) and name not in {"tests", *discovered()}
    if not fit or (not inside and importlib.util.find_spec(name) is not None):
        message = f"tên không dùng được / this name cannot be used: {name!r}; 2–30 chữ a–z, chưa có / not taken"
        raise CannotStart(message)
    if not _PLAIN.fullmatch(title) or not _PLAIN.fullmatch(question) or not question.endswith("?"):
        message = "câu hỏi, tên: một dòng, tối đa 80 chữ, câu hỏi kết thúc bằng ? / one line, a question ends with ?"
        raise CannotStart(message)
