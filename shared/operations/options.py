"""Which options do all commands share, and how do they answer? In words for people, in JSON for programs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

Data = Annotated[
    Path, typer.Option("--data", envvar="NENNEP_DATA", help="Thư mục dữ liệu. · Folder of everything that is kept.")
]
Json = Annotated[bool, typer.Option("--json", help="Trả lời bằng JSON. · Answer in JSON.")]
Key = Annotated[
    str | None,
    typer.Option(envvar="NENNEP_KEY", help="Khóa truy cập; mặc định của người vận hành. · A key; else the operator's."),
]


def tell(answer: Any, words: str, *, as_json: bool) -> None:  # noqa: ANN401 — whatever JSON can hold
    """Print an answer."""
    if as_json:
        print(json.dumps(answer, ensure_ascii=False))
    else:
        Console().print(words, markup=False, highlight=False, soft_wrap=True)
