"""Which containers run the services that only read? `deploy/docker-compose.readers.yml`, made from what is there.

`python -m shared.operations.readers_compose [--check]` writes it; with `--check` it ends with 1 when the file is stale.
A reader keeps its views in a volume of its own, hears all streams as the courier's user `reader` and adds to none: one
more changes, and restarts, nothing else.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final
from zlib import crc32

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from shared.operations.discovery import recording

COMPOSE: Final = Path("deploy", "docker-compose.yml")
READERS: Final = Path("deploy", "docker-compose.readers.yml")
FIRST_PORT: Final = 8101
PORTS: Final = 800
"""Of so many a service is given one by its name: one service more moves none of the others."""


def readers(root: Path) -> tuple[list[str], list[str]]:
    """The services of a checkout that only read, and those that record."""
    records = recording()
    there = sorted(app.parent.name for app in (root / "services").glob("*/app.py"))
    return [each for each in there if each not in records], [each for each in there if each in records]


def text_of(root: Path) -> str:
    """What the file must say."""
    compose = (root / COMPOSE).read_text(encoding="utf-8")
    shared = compose[compose.index("x-build:") : compose.index("\nservices:")].rstrip()
    environment = Environment(  # noqa: S701 — YAML, not HTML; names are small letters only
        loader=FileSystemLoader(Path(__file__).parent / "templates"), undefined=StrictUndefined, trim_blocks=True
    )
    reading, producers = readers(root)
    listening = [(name, FIRST_PORT + crc32(name.encode()) % PORTS) for name in reading]
    template = environment.get_template("readers.yml.j2")
    return template.render(shared=shared, readers=listening, producers=producers) + "\n"


def refresh(root: Path) -> None:
    """Write it anew; nothing where the checkout has no `deploy`."""
    if (root / COMPOSE).is_file():
        (root / READERS).write_text(text_of(root), encoding="utf-8")


def main(words: list[str]) -> int:
    """Write the file or check it; 1 when the check finds it stale."""
    root = Path()
    if "--check" not in words:
        refresh(root)
        return 0
    fresh = (root / READERS).is_file() and (root / READERS).read_text(encoding="utf-8") == text_of(root)
    if not fresh:
        sys.stderr.write(f"stale: {READERS}; python -m shared.operations.readers_compose\n")
    return 0 if fresh else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
