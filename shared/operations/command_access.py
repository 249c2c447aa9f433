"""Which commands give keys? `credential issue|admit|revoke`."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Annotated, Any, Final
from uuid import UUID, uuid4

import typer

from shared.contracts.event import VIETNAM
from shared.operations.options import Data, Json, Key, tell
from shared.operations.remote import Remote

ROLES: Final = "recorder | decider | reader | auditor | territorial-reader | operator"
credential = typer.Typer(help="Khóa truy cập. · Keys.", no_args_is_help=True)


@credential.command(help="Cấp khóa; chỉ hiện một lần. · Issue a key; it is shown once.")
def issue(
    organisation: Annotated[UUID, typer.Argument(help="Tổ chức. · Organisation's id.")],
    *,
    role: Annotated[str, typer.Option(help=ROLES)] = "recorder",
    root: Annotated[list[UUID] | None, typer.Option(help="Chỉ trong các đơn vị này. · Only in these subtrees.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Prints the key, its id, and the receipt of the fact."""
    wanted = {"organisation": str(organisation), "role": role, "roots": [str(each) for each in root or ()]}
    answer = Remote(data, key).post("membership", "/v1/credentials", json=wanted).json()
    tell(answer, f"{answer['key']}\nid {answer['credential']}", as_json=as_json)


@credential.command(help="Cho một người đăng nhập. · Let a person sign on.")
def admit(  # noqa: PLR0913 — one parameter an option
    organisation: Annotated[UUID, typer.Argument(help="Tổ chức. · Organisation's id.")],
    subject: Annotated[str, typer.Argument(help="Tên người đó ở nơi xác thực (`sub`). · The issuer's name for them.")],
    *,
    role: Annotated[str, typer.Option(help=ROLES)] = "reader",
    root: Annotated[list[UUID] | None, typer.Option(help="Chỉ trong các đơn vị này. · Only in these subtrees.")] = None,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """Prints the credential's id, under which the person acts and by which `revoke` ends it."""
    roots = [str(each) for each in root or ()]
    wanted = {"organisation": str(organisation), "subject": subject, "role": role, "roots": roots}
    answer = Remote(data, key).post("membership", "/v1/identities", json=wanted).json()
    tell(answer, f"id {answer['credential']}", as_json=as_json)


@credential.command(help="Thu hồi khóa. · Revoke a key.")
def revoke(
    credential_id: Annotated[UUID, typer.Argument(help="Id của khóa. · The key's id.")],
    *,
    data: Data = Path("var"),
    key: Key = None,
    as_json: Json = False,
) -> None:
    """The key is refused from the moment a service knows of it."""
    answer = revoking(Remote(data, key), credential_id)
    tell(answer, f"đã thu hồi / revoked {credential_id}", as_json=as_json)


def revoking(remote: Remote, credential_id: UUID) -> Any:  # noqa: ANN401 — whatever the service answers
    """Post that a key is revoked."""
    fact = {
        "specversion": "1.0",
        "id": str(uuid4()),
        "source": "/nennep",
        "type": "vn.nennep.membership.credential-revoked.v1",
        "subject": str(credential_id),
        "occurred": dt.datetime.now(VIETNAM).date().isoformat(),
        "data": {"fact": {}},
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    return remote.post("membership", "/v1/events", json=fact, headers=headers).json()
