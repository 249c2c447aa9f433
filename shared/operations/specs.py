"""Are the descriptions of every service written down as they are? Two documents of each, and what the catalogue shows.

`python -m shared.operations.specs [--check] [ROOT]` builds each service in an empty folder, starts nothing, asks it for
its OpenAPI and AsyncAPI documents (`docs/specs/`), and gathers who listens to each event, with its golden sample
(`shared/web/published.json`). With `--check` nothing is written, and 1 is the end when a file is stale.
"""

from __future__ import annotations

import importlib
import json
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

from pydantic import SecretStr

from shared.operations.discovery import discovered
from shared.operations.settings import Settings

FOLDER: Final = "docs/specs"
SAMPLES: Final = "tests/contracts/samples"
PUBLISHED: Final = "shared/web/published.json"
KINDS: Final = ("openapi", "asyncapi")
_NOWHERE: Final = SecretStr("redis://127.0.0.1:9")
_PEPPER: Final = SecretStr("3vY8pQ1sZk6Lw0RtXc4Nb7Gd2Hf9Jm5A")
"""Of services that never start."""
Documents = Mapping[str, Mapping[str, Any]]


def documents(services: Iterable[str]) -> dict[str, dict[str, Any]]:
    """`<service>.<kind>` → document. Whatever a service's `build` raises, for one that cannot be built."""
    found: dict[str, dict[str, Any]] = {}
    for service in services:
        with TemporaryDirectory() as folder:
            settings = Settings(data=Path(folder), redis=_NOWHERE, pepper=_PEPPER)
            app = importlib.import_module(f"services.{service}.app").build(settings).app
            found |= {f"{service}.{kind}": getattr(app, kind)() for kind in KINDS}
    return found


def listeners(found: Documents) -> dict[str, list[str]]:
    """Event name → services that send it or listen to it, by their AsyncAPI documents."""
    heard: dict[str, set[str]] = {}
    for key, document in found.items():
        service, _, kind = key.partition(".")
        for message in document["components"]["messages"].values() if kind == "asyncapi" else ():
            heard.setdefault(message["name"], set()).add(service)
    return {name: sorted(services) for name, services in sorted(heard.items())}


def committed(root: Path) -> dict[str, dict[str, Any]]:
    """The documents as they stand below a root."""
    return {path.name.removesuffix(".json"): json.loads(path.read_bytes()) for path in (root / FOLDER).glob("*.json")}


def files(found: Documents, root: Path) -> dict[str, str]:
    """Path below the root → text, for all that is written down."""
    samples = {path.stem: json.loads(path.read_bytes()) for path in (root / SAMPLES).glob("*.json")}
    return {
        **{f"{FOLDER}/{key}.json": _written(document) for key, document in found.items()},
        PUBLISHED: _written({"listeners": listeners(found), "samples": samples}),
    }


def _written(document: object) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def stale(root: Path, wanted: Mapping[str, str]) -> list[str]:
    """The paths that are not as the services say, or are nobody's."""
    there = {path.relative_to(root).as_posix(): path for path in (root / FOLDER).glob("*")}
    texts = {name: path.read_text(encoding="utf-8") for name, path in {**there, **_there(root, wanted)}.items()}
    return sorted(name for name in texts.keys() | wanted.keys() if texts.get(name) != wanted.get(name))


def _there(root: Path, wanted: Iterable[str]) -> dict[str, Path]:
    return {name: root / name for name in wanted if (root / name).is_file()}


def main(words: list[str]) -> int:
    """Write the files or check them."""
    root = Path(next((word for word in words if word != "--check"), "."))
    wanted = files(documents(discovered()), root)
    found = stale(root, wanted)
    if "--check" in words:
        sys.stderr.writelines(f"stale: {name}; python -m shared.operations.specs\n" for name in found)
        return 1 if found else 0
    for name in found:
        if name in wanted:
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(wanted[name], encoding="utf-8")
        else:
            (root / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
