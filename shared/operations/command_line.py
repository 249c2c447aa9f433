"""What can be typed? `nennep …`, also `python -m services …`.

Exit codes: 0 done, 1 contradiction or refusal, 2 cannot judge or wrong use.
"""

from __future__ import annotations

import importlib
import sys
from collections import UserDict
from typing import Any, Final, NamedTuple

import typer
import typer.core

from shared.operations.machine import CannotStart
from shared.operations.remote import Refusal


class At(NamedTuple):
    """Where a command stands: its module here, its name there; what it is for, unless a group says so itself."""

    module: str
    name: str
    help: str | None = None


COMMANDS: Final = {
    "serve": At(
        "command_serve", "serve", "Chạy một dịch vụ, hoặc tất cả. · Run one service, or all of them with their courier."
    ),
    "doctor": At(
        "command_doctor",
        "doctor",
        "Khám máy này và đối chiếu sổ. · Can the product run here, and is every event accounted for?",
    ),
    "demo": At(
        "command_demo",
        "demo",
        "Chạy thử toàn bộ với dữ kiện giả định. · See the whole way once, with synthetic facts.",
    ),
    "reminders": At(
        "command_reminders",
        "reminders",
        "Thư nhắc và lịch việc đến hạn ra tệp. · Letters and calendars of what is due.",
    ),
    "post": At("command_post", "post", "Gửi sự việc từ một tệp. · Post facts from a file."),
    "new-service": At(
        "command_service", "new_service", "Tạo một dịch vụ báo cáo mới. · Begin a new reporting service."
    ),
    "prove": At("command_evidence", "prove", "Lấy chứng minh của một biên nhận. · Fetch the proof of a receipt."),
    "check-receipt": At("command_evidence", "check", "Kiểm chứng minh, không cần mạng. · Check a proof, offline."),
    "witness": At("command_evidence", "witness", "Làm bên chứng kiến. · Be a witness of other people's checkpoints."),
    "timeline": At(
        "command_history", "timeline", "Diễn biến của một đơn vị, người, cuộc họp. · What has happened to a thing."
    ),
    "explain": At(
        "command_explain", "explain", "Vì sao xếp loại như vậy. · Why a grade is what it is, down to the facts."
    ),
    "compare": At(
        "command_replay", "compare", "Hai thời điểm khác nhau ở đâu. · What moved a figure between two moments."
    ),
    "replay": At(
        "command_replay", "replay", "Phát lại: báo cáo như đã biết ngày nào. · Ask history again, as known then."
    ),
    "credential": At("command_access", "credential"),
    "import": At("command_import", "imports"),
    "log": At("command_history", "log"),
    "archive": At("command_archive", "archive"),
    "audit": At("command_audit", "audit"),
    "columns": At("command_columns", "columns"),
    "projection": At("command_views", "projection"),
    "parked": At("command_parked", "parked"),
    "person": At("command_person", "person"),
    "reader": At("command_reader", "reader"),
    "report": At("command_report", "report"),
    "rules": At("command_draft", "rules"),
    "territory": At("command_territory", "territory"),
    "mapping": At("command_post", "mapping"),
    "export": At("command_export", "export"),
    "checkpoint": At("command_evidence", "checkpoint"),
}


class _Shelf(UserDict[str, Any]):
    """Name → command, loaded when it is asked for: who types one of them does not wait for the libraries of all."""

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 — typer hands out no public type of commands
        found = self.data[name]
        if isinstance(found, At):
            found = self.data[name] = _loaded(name, found)
        return found


class _Commands(typer.core.TyperGroup):
    """All of COMMANDS."""

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 — what typer passes to its own
        super().__init__(**given)
        self.commands = _Shelf(COMMANDS)


def _loaded(name: str, at: At) -> Any:  # noqa: ANN401 — typer hands out no public type of commands
    found = getattr(importlib.import_module(f"shared.operations.{at.module}"), at.name)
    if not isinstance(found, typer.Typer):
        alone = typer.Typer(add_completion=False)
        alone.command(name, help=at.help)(found)
        found = alone
    command = typer.main.get_command(found) if at.help else typer.main.get_group(found)
    command.name = name
    return command


app = typer.Typer(
    name="nennep",
    cls=_Commands,
    help="Nền Nếp: sổ sự kiện của các chi hội, chi đoàn. · The book of facts of grassroots branches.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _all() -> None:
    """Without a callback typer asks for a command of the module's own."""


def main() -> None:
    """Run the command that was typed; what stands in the way is one line, and exit code 2."""
    try:
        app()
    except CannotStart as error:
        print(f"nennep: {error}", file=sys.stderr)
        sys.exit(2)
    except Refusal as refusal:
        print(f"nennep: {refusal}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
