"""What does `deploy/` say? The compose file with its variables filled in, and the files that go into an image."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = DEPLOY / "docker-compose.yml"
READERS = DEPLOY / "docker-compose.readers.yml"
DOCKERFILE = DEPLOY / "Dockerfile"

_VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?P<rest>[^}]*)\}")


def compose() -> dict[str, Any]:
    """The compose file as it stands, anchors resolved."""
    loaded: dict[str, Any] = yaml.safe_load(COMPOSE.read_text(encoding="utf-8"))
    return loaded


def variables() -> dict[str, str]:
    """Every variable of the compose file, with what follows its name: `:?…` required, `:-…` with a default."""
    return {found["name"]: found["rest"] for found in _VARIABLE.finditer(COMPOSE.read_text(encoding="utf-8"))}


def filled(text: str, values: Mapping[str, str]) -> str:
    """The text with the values in the place of its variables."""
    return _VARIABLE.sub(lambda found: values[found["name"]], text)


def copied(service: str, target: Path) -> None:
    """Put into `target` what the Dockerfile copies from the checkout into the image of that service."""
    last_stage = DOCKERFILE.read_text(encoding="utf-8").rpartition("\nFROM ")[2]
    for line in last_stage.splitlines():
        words = line.split()
        if not words or words[0] != "COPY" or words[1].startswith("--from"):
            continue
        *sources, place = (word.replace("${SERVICE}", service) for word in words[1:])
        for source in sources:
            _copy(ROOT / source, target / place.lstrip("/"), into=len(sources) > 1 or place.endswith("/"))


def _copy(source: Path, place: Path, *, into: bool) -> None:
    if source.is_dir():
        shutil.copytree(source, place, dirs_exist_ok=True, ignore=shutil.ignore_patterns("__pycache__"))
    else:
        destination = place / source.name if into else place
        destination.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(source, destination)
