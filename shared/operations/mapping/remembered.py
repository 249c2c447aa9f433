"""Which mappings does an organisation use? Those that it has used: copies in a folder beside its outbox.

A mapping is no fact: it says how one office reads one program's export, and whoever replays history never needs it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path

from shared.client.records import sync_folder
from shared.operations.mapping.layout import Layout, read_layout
from shared.operations.mapping.rows import fits
from shared.sheets.tables import Table


def folder_of(outbox: Path) -> Path:
    """Where the mappings of an outbox lie."""
    return outbox.with_name(outbox.name + ".mappings")


def remember(outbox: Path, layout: Layout, text: str) -> None:
    """Keep a mapping under its name; a changed one takes the old one's place, which stays beside it by its digest."""
    folder = folder_of(outbox)
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / f"{layout.name}.toml"
    if file.exists() and (old := file.read_text(encoding="utf-8")) != text:
        digest = hashlib.sha256(old.encode()).hexdigest()[:12]
        (folder / f"{layout.name}.{digest}.old").write_text(old, encoding="utf-8")
    file.write_text(text, encoding="utf-8")
    sync_folder(folder)


def remembered(outbox: Path) -> Iterator[tuple[Layout, str]]:
    """Every mapping that is kept, by name, with its text. MappingFault for one that somebody has spoilt."""
    for file in sorted(folder_of(outbox).glob("*.toml")):
        text = file.read_text(encoding="utf-8")
        yield read_layout(text), text


def recognised(outbox: Path, tables: Sequence[Table]) -> list[Layout]:
    """The kept mappings that are for such a file."""
    return [layout for layout, _ in remembered(outbox) if fits(tables, layout)]
