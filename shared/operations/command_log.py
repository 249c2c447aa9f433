"""Which commands read a log? `log head|show|export|verify`; verifying starts from the bytes and trusts nothing else."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Final
from uuid import UUID

import typer

from shared.contracts.cloudevent import from_cloudevent
from shared.contracts.envelope import genesis
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote
from shared.operations.signatures import Signatures

PAGE: Final = 5_000
STANDARD_OUTPUT: Final = "<stdout>"
log = typer.Typer(help="Sổ sự việc. · The logs.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of a service.")]
Organisation = Annotated[UUID, typer.Argument(help="Tổ chức. · Organisation's id.")]


@log.command(help="Vị trí cuối của từng tổ chức. · The end of each organisation's chain.")
def head(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """One line an organisation: sequence and hash."""
    answer = Remote(data, key).get(service, "/v1/heads").json()
    lines = (f"{name}  {end['sequence']:>9}  {end['hash']}" for name, end in answer["heads"].items())
    tell(answer, "\n".join(lines), as_json=as_json)


@log.command(help="Xem một sự việc và các lần đính chính. · One event with what became of it.")
def show(
    service: Service,
    organisation: Organisation,
    event: UUID,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Prints JSON either way: indented for people, on one line for programs."""
    answer = Remote(data, key).get(service, f"/v1/events/{event}", organisation=str(organisation)).json()
    tell(answer, json.dumps(answer, ensure_ascii=False, indent=2), as_json=as_json)


@log.command(help="Xuất sổ, từng dòng một sự việc. · Export a log, one event a line.")
def export(
    service: Service,
    organisation: Organisation,
    file: Annotated[typer.FileBinaryWrite, typer.Argument(help="Tệp ghi ra. · File to write.")],
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The exact bytes of every event, in sequence."""
    events = sum(file.write(line + b"\n") > 0 for line in _lines(Remote(data, key), service, organisation))
    if getattr(file, "name", STANDARD_OUTPUT) != STANDARD_OUTPUT:
        tell({"events": events}, f"{events} sự việc · events", as_json=as_json)


@log.command(help="Kiểm tra tệp đã xuất: mã băm và thứ tự. · Verify an export: hashes and order.")
def verify(
    file: Annotated[typer.FileBinaryRead, typer.Argument(help="Tệp đã xuất. · An exported file.")],
    *,
    keys: Annotated[
        typer.FileBinaryRead | None,
        typer.Option(help="Sổ đã xuất của người vận hành, có khóa ký. · The operator's exported log: signing keys."),
    ] = None,
    as_json: Json = False,
) -> None:
    """Exit code 0 when every event continues the chain, 1 at the first that does not, 2 when there is nothing.

    With `--keys` every signature is checked too: 1 when one is wrong, 2 when one names a key that is not there.
    """
    signatures = None if keys is None else Signatures.of(keys)
    events, wrong = _verified(file, signatures)
    answer: dict[str, object] = {"events": events, "first_wrong": wrong}
    if signatures is not None:
        answer["signatures"] = signatures.told()
    if wrong is not None:
        tell(answer, f"dòng {wrong} không khớp · line {wrong} does not continue the chain", as_json=as_json)
        raise typer.Exit(1)
    told = "" if signatures is None else f"; {signatures}"
    tell(answer, f"{events} sự việc, chuỗi liền · events, chain whole{told}", as_json=as_json)
    raise typer.Exit(2 if not events else 0 if signatures is None else signatures.exit_code)


def _lines(remote: Remote, service: str, organisation: UUID) -> Iterator[bytes]:
    after = 0
    while page := remote.get(service, f"/v1/log/{organisation}", after=after, limit=PAGE).content.splitlines():
        yield from page
        after += len(page)


def _verified(lines: Iterable[bytes], signatures: Signatures | None) -> tuple[int, int | None]:
    """How many lines continue one chain from its beginning, and the number of the first that does not."""
    events, previous = 0, b""
    for number, line in enumerate(lines, 1):
        try:
            recorded = from_cloudevent(line)
        except ValueError:
            return events, number
        envelope = recorded.envelope
        previous = previous or genesis(envelope.service, envelope.organisation)
        if (envelope.sequence, envelope.previous, envelope.hash()) != (number, previous, recorded.hash):
            return events, number
        if signatures is not None:
            signatures.look_at(recorded)
        events, previous = number, recorded.hash
    return events, None
