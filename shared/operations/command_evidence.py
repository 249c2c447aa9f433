"""Which commands carry evidence? `checkpoint …`, `prove`, `check-receipt`, `witness`; checking trusts no service."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any, NoReturn, get_args
from uuid import UUID

import msgspec
import typer

from shared.history.evidence.checkpoint import ChainEnd, NoCheckpoint, decode_ends, read_note
from shared.history.evidence.difference import Difference, differences
from shared.history.evidence.keys import Ending, KeyList
from shared.history.evidence.note import NoNote, Verifier
from shared.history.evidence.proof import (
    LARGEST,
    Growth,
    Policy,
    Receipt,
    ReceiptProof,
    check_receipt,
)
from shared.history.evidence.verdict import CannotJudge, Contradiction
from shared.history.evidence.witness import Held
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Refusal, Remote
from shared.operations.witness_server import serve_witness

checkpoint = typer.Typer(help="Điểm kiểm đã ký. · Signed checkpoints.", no_args_is_help=True)
Service = Annotated[str, typer.Argument(help="Tên dịch vụ. · Name of a service.")]
Organisation = Annotated[UUID, typer.Argument(help="Tổ chức. · Organisation's id.")]
Trusted = Annotated[
    list[str] | None,
    typer.Option(
        "--key", help="Khóa kiểm của sổ, hoặc tệp keys.jsonl. · The log's verifier key, or a keys.jsonl file."
    ),
]
ByWitnesses = Annotated[
    list[str] | None, typer.Option("--witness", help="Khóa của bên chứng kiến. · A witness's verifier key.")
]
Needed = Annotated[int, typer.Option("--needed", min=0, help="Cần mấy bên chứng kiến. · How many must have cosigned.")]
Kept = Annotated[
    str | None, typer.Option("--receipt", help="Biên nhận đã giữ: dịch vụ/tổ chức/số/mã băm. · The receipt as kept.")
]
PROVEN, CONTRADICTION, CANNOT_JUDGE = 0, 1, 2
NOT_FOUND = 404


@checkpoint.command("list", help="Các điểm kiểm đã công bố. · Checkpoints that were published.")
def list_(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """One line a checkpoint."""
    remote = Remote(data, key)
    found: list[dict[str, Any]] = []
    while page := remote.get(service, "/v1/checkpoints", after=found[-1]["number"] if found else 0).json()[
        "checkpoints"
    ]:
        found += page
    tell({"checkpoints": found}, "\n".join(_line(each) for each in found), as_json=as_json)


@checkpoint.command(help="Xem một điểm kiểm như đã ký. · One checkpoint as it was signed.")
def show(
    service: Service,
    number: Annotated[int | None, typer.Argument(help="Số; mặc định: mới nhất. · Its number; else the latest.")] = None,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The signed note, which any tool for C2SP checkpoints reads."""
    note = Remote(data, key).get(service, f"/v1/checkpoints/{number or 'latest'}").text
    tell({"checkpoint": note}, note.removesuffix("\n"), as_json=as_json)


@checkpoint.command(help="Công bố điểm kiểm ngay. · Publish a checkpoint now.")
def publish(service: Service, *, data: Data = Path("var"), key: Key = None, as_json: Json = False) -> None:
    """The last one again when nothing is new."""
    answer = Remote(data, key).post(service, "/v1/checkpoints").json()
    tell(answer, _line(answer), as_json=as_json)


@checkpoint.command(help="Thay khóa ký. · Begin a new signing key.")
def rotate(
    service: Service,
    why: Annotated[str, typer.Option(help="rotated, lost, stolen.")] = "rotated",
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Tell everybody who checks, and every witness, of the new key."""
    if why not in get_args(Ending):
        raise typer.BadParameter(", ".join(get_args(Ending)), param_hint="--why")
    answer = Remote(data, key).post(service, "/v1/keys", params={"why": why}).json()
    tell(answer, f"khóa mới · new key: {answer['key']}", as_json=as_json)


@checkpoint.command(help="Nhận lại một bên chứng kiến. · Let a refused witness in again.")
def readmit(
    service: Service,
    name: Annotated[str, typer.Argument(help="Tên bên chứng kiến. · The witness's name.")],
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """For a witness whose keeper has explained why its memory had gone back."""
    answer = Remote(data, key).post(service, "/v1/witnesses", params={"name": name}).json()
    tell(answer, f"đã nhận lại · admitted again: {name}", as_json=as_json)


@checkpoint.command(help="So sổ với điều bên khác còn giữ. · Compare a log with what others have kept.")
def compare(
    service: Service,
    held: Annotated[list[Path] | None, typer.Option(help="Tệp của bên chứng kiến. · A witness's file.")] = None,
    receipts: Annotated[
        Path | None, typer.Option(help="Tệp biên nhận, từng dòng. · Kept receipts, line by line.")
    ] = None,
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Exit code 0 when all agrees, 1 with each chain that was rewritten and where, 2 when nothing was compared."""
    asked = _Asked(Remote(data, key), service)
    try:
        kept = [Receipt.parse(line) for line in receipts.read_text().splitlines()] if receipts else []
        ends = [_ends(file) for file in held or []]
        found = differences(ends, kept, asked.root, asked.hash)
    except CannotJudge as error:
        _end(CANNOT_JUDGE, str(error), as_json=as_json)
    answer = [{**msgspec.to_builtins(each), "exact": each.exact} for each in found]
    if found:
        tell({"differences": answer}, "\n".join(_difference(each) for each in found), as_json=as_json)
        raise typer.Exit(CONTRADICTION)
    tell({"differences": answer}, "không khác · no difference", as_json=as_json)
    raise typer.Exit(PROVEN if ends or kept else CANNOT_JUDGE)


def prove(  # noqa: PLR0913 — what can be typed
    service: Service,
    organisation: Organisation,
    sequence: Annotated[int, typer.Argument(min=1, help="Số thứ tự. · Sequence.")],
    file: Annotated[Path, typer.Argument(help="Tệp ghi ra. · File to write.")],
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Write the proof of a receipt to a file that is checked without any service."""
    raw = (
        Remote(data, key)
        .get(service, "/v1/proofs/inclusion", organisation=str(organisation), sequence=sequence)
        .content
    )
    try:
        _, under = ReceiptProof.decode(raw).check()
    except (CannotJudge, Contradiction) as error:
        _end(CONTRADICTION, str(error), as_json=as_json)
    file.write_bytes(raw)
    tell(
        {"file": str(file), "checkpoint": under.number},
        f"đã ghi · written: {file} (điểm kiểm · checkpoint {under.number})",
        as_json=as_json,
    )


def check(
    file: Annotated[Path, typer.Argument(help="Tệp chứng minh. · File with a proof.")],
    trusted: Trusted = None,
    witness: ByWitnesses = None,
    needed: Needed = 0,
    receipt: Kept = None,
    *,
    as_json: Json = False,
) -> None:
    """Exit code 0 proven, 1 contradiction, 2 cannot judge. Works offline and believes nothing but the keys given."""
    try:
        with file.open("rb") as opened:
            proof = ReceiptProof.decode(opened.read(LARGEST))
        policy = Policy(tuple(_verifier(each) for each in witness or []), needed)
        kept = None if receipt is None else Receipt.parse(receipt)
        proven = check_receipt(proof, _keys(trusted or []), policy, kept)
    except Contradiction as error:
        _end(CONTRADICTION, str(error), as_json=as_json)
    except (CannotJudge, OSError) as error:
        _end(CANNOT_JUDGE, str(error), as_json=as_json)
    answer = {
        "result": "proven",
        "receipt": str(proof.receipt),
        "checkpoint": proven.checkpoint.number,
        "witnesses": proven.witnesses,
    }
    words = f"đã chứng minh · proven: {proof.receipt} (điểm kiểm · checkpoint {proven.checkpoint.number})"
    tell(answer, words, as_json=as_json)


def witness(
    keep: Annotated[Path, typer.Option(help="Thư mục ghi nhớ. · Folder of its memory.")],
    name: Annotated[str, typer.Option(help="Tên bên chứng kiến. · Its name.")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="Cổng; 0: tự chọn. · 0: free.")] = 0,
    host: Annotated[str, typer.Option(help="Địa chỉ. · Address to listen on.")] = "127.0.0.1",
    log: Annotated[list[str] | None, typer.Option(help="Khóa của sổ cần chứng kiến. · Key of a log to watch.")] = None,
) -> None:
    """Cosigns checkpoints of the logs that it knows, for as long as it runs."""
    serve_witness(keep, name, log or [], host, port)


class _Asked:
    """What a service says of its log now, each answer checked against its latest checkpoint."""

    def __init__(self, remote: Remote, service: str) -> None:
        self._remote, self._service = remote, service
        _, latest = read_note(remote.get(service, "/v1/checkpoints/latest").content)
        self._ends = {
            end.organisation: end
            for end in decode_ends(remote.get(service, f"/v1/checkpoints/{latest.number}/chains").text)
        }

    def root(self, organisation: UUID, size: int) -> bytes | None:
        """The root at a size, proved to be the beginning of what the latest checkpoint covers."""
        end = self._ends.get(organisation)
        if end is None or end.size < size:
            return None
        parameters: dict[str, str | int] = {"organisation": str(organisation), "from": size, "to": end.size}
        answer = self._remote.get(self._service, "/v1/proofs/consistency", **parameters)
        growth = msgspec.json.decode(answer.content, type=Growth)
        proved = growth.proves() and (growth.old, growth.new, growth.new_root) == (size, end.size, end.root.hex())
        return bytes.fromhex(growth.old_root) if proved else None

    def hash(self, organisation: UUID, sequence: int) -> bytes | None:
        """The hash of an event, proved to be in the log."""
        try:
            answer = self._remote.get(
                self._service, "/v1/proofs/inclusion", organisation=str(organisation), sequence=sequence
            )
            proof = ReceiptProof.decode(answer.content)
            proof.check()
        except Refusal as refusal:
            if refusal.status == NOT_FOUND:
                return None
            raise
        except Contradiction:
            return None
        return bytes.fromhex(proof.receipt.hash)


def _ends(file: Path) -> tuple[ChainEnd, ...]:
    try:
        return decode_ends(msgspec.json.decode(file.read_bytes(), type=Held).chains)
    except (OSError, ValueError, NoCheckpoint) as error:
        message = f"không đọc được / cannot be read: {file}"
        raise CannotJudge(message) from error


def _keys(texts: list[str]) -> KeyList:
    """Verifier keys, or files with key lists."""
    files = [KeyList.decode(Path(each).read_bytes()) for each in texts if "+" not in each]
    plain = KeyList.of(_verifier(each) for each in texts if "+" in each)
    return KeyList((*plain.keys, *(key for each in files for key in each.keys)))


def _verifier(text: str) -> Verifier:
    try:
        return Verifier.parse(text)
    except NoNote as error:
        message = "khóa không đọc được / a key cannot be read"
        raise CannotJudge(message) from error


def _line(each: dict[str, Any]) -> str:
    witnessed = each["witnessed"]
    return (
        f"{each['number']:>6}  {each['published']}  {each['for']:<7} {each['events']:>9}  "
        f"{witnessed['state']} {len(witnessed['by'])}/{witnessed['needed']}"
    )


def _difference(each: Difference) -> str:
    where = "đúng tại · exactly at" if each.exact else f"sau · after {each.agrees}, không muộn hơn · not later than"
    return f"{each.organisation}: {where} {each.differs}"


def _end(code: int, why: str, *, as_json: bool) -> NoReturn:
    result = "contradiction" if code == CONTRADICTION else "cannot-judge"
    if as_json:
        print(json.dumps({"result": result, "why": why}, ensure_ascii=False))
    else:
        tell(None, why, as_json=False)
    raise typer.Exit(code)
