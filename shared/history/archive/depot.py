"""Where do sealed segments lie? In a depot: a folder, or an object store through fsspec; names and bytes, no more."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Protocol

import fsspec

from shared.history.durable import flush


class Missing(LookupError):
    """Nothing lies in the depot under this name."""


class Depot(Protocol):
    """Keeps bytes under names with `/` in them. What `put` has returned from survives power loss."""

    def put(self, name: str, content: bytes) -> None:
        """Keep this under the name, whole or not at all; what lay there before is replaced."""

    def get(self, name: str) -> bytes:
        """What lies under the name. Missing when nothing does."""

    def names(self, folder: str) -> list[str]:
        """The names directly under a folder, sorted; none when there is no such folder."""


def open_depot(place: str) -> Depot:
    """The depot at a folder's path, or at an fsspec URL such as `s3://bucket/path`."""
    return ObjectDepot(place) if "://" in place else FolderDepot(Path(place))


class FolderDepot:
    """Files in a folder. A name stands for a file that is complete: it is written beside, flushed, and renamed."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def put(self, name: str, content: bytes) -> None:
        """Write, flush file and folder, rename."""
        path = self._folder / name
        _make(path.parent)
        beside = path.with_name(f".{path.name}.{os.getpid()}")
        beside.write_bytes(content)
        flush(beside)
        beside.replace(path)
        flush(path.parent)

    def get(self, name: str) -> bytes:
        """The file's bytes."""
        try:
            return (self._folder / name).read_bytes()
        except FileNotFoundError as error:
            raise Missing(name) from error

    def names(self, folder: str) -> list[str]:
        """Complete files only: those under way begin with a dot."""
        path = self._folder / folder
        if not path.is_dir():
            return []
        return sorted(f"{folder}/{each.name}" for each in path.iterdir() if not each.name.startswith("."))


class ObjectDepot:
    """An object store, whose puts are whole or not at all by its own promise. fsspec knows them by their URLs."""

    def __init__(self, url: str) -> None:
        self._files: Any
        self._files, self._root = fsspec.core.url_to_fs(url)

    def put(self, name: str, content: bytes) -> None:
        """One put."""
        self._files.pipe_file(f"{self._root}/{name}", content)

    def get(self, name: str) -> bytes:
        """One get."""
        try:
            found: bytes = self._files.cat_file(f"{self._root}/{name}")
        except FileNotFoundError as error:
            raise Missing(name) from error
        return found

    def names(self, folder: str) -> list[str]:
        """One listing, never from the client's cache: others put too."""
        self._files.invalidate_cache()
        try:
            found = self._files.ls(f"{self._root}/{folder}", detail=False)
        except FileNotFoundError:
            return []
        return sorted(f"{folder}/{each.rpartition('/')[2]}" for each in found)


def _make(folder: Path) -> None:
    """Make the folder, and flush each folder in which a new one stands."""
    if not folder.is_dir():
        _make(folder.parent)
        folder.mkdir(exist_ok=True)
        flush(folder.parent)
