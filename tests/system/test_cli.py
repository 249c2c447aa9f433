"""Does every command do what it says? Typed once each, for people and for programs, with the exit code it promises."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
import typer

from shared.operations.command_line import app
from tests.support.sources import ROOT
from tests.support.waiting import until
from tests.system.deployment import Deployment
from tests.system.lines import Line, as_line, fresh, issue, meeting, register, says
from tests.system.reached import PATIENCE, SERVICES, Reached
from tests.system.typed import environment, ran, typed

Typed = Callable[..., Any]
WHERE = ("tests/system", "tests/operations", "tests/duty", "tests/history/pack")
"""Folders whose tests type commands."""
ELSEWHERE = {"serve", "demo", "doctor"}
"""Commands that the tests of the demo, of the supervisor, and the end of this file type."""


@pytest.fixture
def told(deployment: Deployment) -> Typed:
    """A command on the deployment, answered in JSON; it must end with the exit code given."""

    def run(*words: str, ends: int = 0) -> Any:
        answer = typed(*words, "--json", "--data", str(deployment.data))
        assert answer.returncode == ends, answer.stderr
        return json.loads(answer.stdout)

    return run


def every_command() -> Iterator[tuple[str, ...]]:
    """The words of each command."""
    group = typer.main.get_command(app)
    for name, command in getattr(group, "commands", {}).items():
        inner = getattr(command, "commands", None)
        yield from ((name,),) if inner is None else ((name, each) for each in inner)


def test_every_command_is_typed_in_a_test_and_takes_json() -> None:
    files = (file for folder in WHERE for file in (ROOT / folder).glob("*.py"))
    source = "".join(file.read_text(encoding="utf-8") for file in files)
    for words in every_command():
        quoted = ", ".join(f'"{word}"' for word in words)
        assert words[0] in ELSEWHERE or quoted in source, words
        found = typer.main.get_command(app)
        for word in words:
            found = found.commands[word]  # type: ignore[attr-defined]  # a group's
        options = {option for parameter in found.params for option in parameter.opts}
        assert "--json" in options or words[0] in {"serve", "demo", "witness"}, words


def test_help_is_in_both_languages() -> None:
    answer = ran("--help")
    assert answer.returncode == 0
    assert "Nền Nếp" in answer.stdout
    assert "The book of facts" in answer.stdout


# ── Keys and facts ───────────────────────────────────────────────────────────────────────────────────────────────


def test_keys_are_issued_used_and_revoked(deployment: Deployment, line: Line, told: Typed) -> None:
    issued = told("credential", "issue", line.organisation, "--role", "reader", "--root", line.branches[0])
    assert deployment.get("membership", "/v1/heads", key=issued["key"]).status_code == 200
    told("credential", "revoke", issued["credential"])
    assert deployment.get("membership", "/v1/heads", key=issued["key"]).status_code == 401
    told_again = typed("credential", "revoke", fresh(), "--data", str(deployment.data))
    assert told_again.returncode == 1
    assert told_again.is_one_line


def test_a_service_is_let_read_and_no_more(deployment: Deployment, line: Line, told: Typed) -> None:
    granted = told("reader", "grant", "atlas", "--of", "meetings", "--organisation", line.organisation)["grant"]
    (listed,) = [each for each in told("reader", "list")["readers"] if each["service"] == "atlas"]
    assert (listed["id"], listed["producers"], listed["counts"]) == (granted, ["meetings"], True)
    assert (listed["organisations"], listed["sensitive"]) == ([line.organisation], False)
    again = typed("reader", "grant", "atlas", "--of", "meetings", "--data", str(deployment.data))
    assert (again.returncode, again.is_one_line, "reader-already-granted" in again.stderr) == (1, True, True)
    assert told("reader", "revoke", "atlas") == {"revoked": [granted]}
    assert told("reader", "revoke", "atlas") == {"revoked": []}
    assert not [each for each in told("reader", "list")["readers"] if each["service"] == "atlas" and each["counts"]]
    assert "✗ atlas" in typed("reader", "list", "--data", str(deployment.data)).stdout
    assert deployment.get("membership", "/v1/readers", key=line.key).status_code == 403


def test_nobody_is_let_in_by_name_where_no_issuer_is_trusted(deployment: Deployment, line: Line) -> None:
    refused = typed("credential", "admit", line.organisation, "nguoi-ghi-so", "--data", str(deployment.data))
    assert (refused.returncode, refused.is_one_line) == (1, True), refused.stderr


def test_facts_are_posted_from_a_file_and_the_line_that_is_refused_is_named(
    deployment: Deployment, line: Line, tmp_path: Path
) -> None:
    file, data = tmp_path / "facts.ndjson", ("--data", str(deployment.data))
    events = [meeting(line.branches[0]) for _ in range(700)]
    file.write_text("\n".join(map(as_line, events)))
    posted = typed("post", "meetings", str(file), *data, "--key", line.key, "--json")
    assert (posted.returncode, json.loads(posted.stdout)) == (0, {"recorded": 700, "already": 0})
    again = typed("post", "meetings", str(file), *data, settings={"NENNEP_KEY": line.key})
    assert again.returncode == 0
    assert "700" in again.stdout
    bad = [*events, meeting(fresh())]
    file.write_text("\n".join(map(as_line, bad)))
    refused = typed("post", "meetings", str(file), *data, "--key", line.key)
    assert refused.returncode == 1
    assert refused.is_one_line
    assert "701 · unknown-unit" in refused.stderr
    assert "data.fact.branch" in refused.stderr


def test_a_file_that_is_no_text_is_refused_in_one_line(deployment: Deployment, line: Line, tmp_path: Path) -> None:
    file = tmp_path / "noise"
    file.write_bytes(b'{"id": "\xff"}\n')
    answer = typed("post", "meetings", str(file), "--data", str(deployment.data), "--key", line.key)
    assert answer.returncode == 1
    assert answer.is_one_line
    assert "not-utf8" in answer.stderr


# ── Logs ─────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_is_shown_exported_and_verified(deployment: Deployment, line: Line, told: Typed, tmp_path: Path) -> None:
    event = meeting(line.branches[0])
    receipt = line.post("meetings", event).json()["outcomes"][0]["receipt"]
    heads = told("log", "head", "meetings")["heads"]
    assert heads[line.organisation] == {"sequence": receipt["sequence"], "hash": receipt["hash"]}
    shown = told("log", "show", "meetings", line.organisation, event["id"])
    assert shown["event"]["data"]["fact"] == event["data"]["fact"]
    file = tmp_path / "log.ndjson"
    assert told("log", "export", "meetings", line.organisation, str(file)) == {"events": 1}
    assert file.read_text().splitlines() == deployment.log("meetings", line.organisation)
    piped = typed("log", "export", "meetings", line.organisation, "-", "--data", str(deployment.data))
    assert piped.stdout == file.read_text()
    assert typed("log", "verify", str(file), "--json").stdout == '{"events": 1, "first_wrong": null}\n'


def test_a_fact_posted_over_several_lines_is_exported_on_one_and_verifies(
    deployment: Deployment, line: Line, tmp_path: Path
) -> None:
    client, url = deployment.client(line.key), deployment.url("meetings", "/v1/events")
    for text in (json.dumps(meeting(line.branches[0]), indent=2), json.dumps(meeting(line.branches[0]), indent=2)):
        body = text.replace("\n", "\r\n").encode()
        answer = client.post(url, content=body, headers={"Content-Type": "application/cloudevents+json"})
        assert answer.status_code == 201
    file = tmp_path / "log.ndjson"
    data = ("--data", str(deployment.data))
    assert typed("log", "export", "meetings", line.organisation, str(file), *data).returncode == 0
    assert len(file.read_bytes().splitlines()) == 2
    assert typed("log", "verify", str(file)).returncode == 0


def test_an_export_that_was_touched_does_not_verify(deployment: Deployment, line: Line, tmp_path: Path) -> None:
    line.post("meetings", *(meeting(line.branches[0]) for _ in range(5))).raise_for_status()
    lines = deployment.log("meetings", line.organisation)
    file = tmp_path / "log.ndjson"
    touched = {
        "a changed number": [*lines[:2], lines[2].replace('"present": 3', '"present": 4'), *lines[3:]],
        "a line left out": [*lines[:2], *lines[3:]],
        "two lines exchanged": [lines[1], lines[0], *lines[2:]],
        "a line twice": [*lines[:2], *lines[1:]],
        "no event": ["{}"],
        "noise": ["\x00"],
    }
    for name, content in touched.items():
        file.write_text("\n".join(content) + "\n")
        assert typed("log", "verify", str(file)).returncode == 1, name
    file.write_text("")
    assert typed("log", "verify", str(file)).returncode == 2


# ── Views ────────────────────────────────────────────────────────────────────────────────────────────────────────


def test_views_are_listed_rebuilt_rolled_back_and_waited_for(told: Typed, line: Line) -> None:
    line.post("meetings", meeting(line.branches[0])).raise_for_status()
    assert told("projection", "wait", "ratings")["lag"].keys() == {"membership", "meetings", "ratings"}
    before = told("projection", "list", "ratings")
    assert before["parked"] == 0
    rebuilt = told("projection", "rebuild", "ratings")
    assert 0 <= rebuilt.pop("longest_pause") < 60
    assert rebuilt == {
        "result": "switched",
        "tables": {},
        "examples": {},
        "answers": {},
        "complete": True,
    }
    assert told("projection", "rollback", "ratings") == {"generation": before["generations"][-1]["number"]}


def test_parked_events_are_listed_shown_tried_again_and_discarded(deployment: Deployment, told: Typed) -> None:
    assert told("parked", "list", "ratings", "--projection", "units") == {"parked": []}
    nothing = {"freed": 0, "left": 0, "dry_run": False, "events": []}
    assert told("parked", "retry", "ratings", "units") == nothing
    assert told("parked", "retry", "ratings", "--event", fresh(), "--dry-run") == {**nothing, "dry_run": True}
    assert told("parked", "acts", "ratings") == {"acts": []}, "nothing was done"
    data = ("--data", str(deployment.data))
    event = (fresh(), fresh())
    shown = typed("parked", "show", "ratings", *event, *data)
    discarded = typed("parked", "discard", "ratings", "units", *event, "--reason", "ghi nhầm", *data)
    for answer in (shown, discarded):
        assert answer.returncode == 1
        assert "not-parked" in answer.stderr
        assert answer.is_one_line
    assert typed("parked", "discard", "ratings", "units", *event, *data).returncode == 2, "only with a reason"
    assert typed("parked", "retry", "ratings", "--event", "no id", *data).returncode == 1


# ── History ──────────────────────────────────────────────────────────────────────────────────────────────────────


def test_a_log_is_looked_through(line: Line, told: Typed) -> None:
    event = meeting(line.branches[0])
    line.post("meetings", event).raise_for_status()
    found = told("log", "find", "meetings", line.organisation, "--subject", event["subject"])["events"]
    assert [each["event"] for each in found] == [event["id"]]
    assert told("log", "causes", "meetings", line.organisation, event["id"])["event"]["event"] == event["id"]
    state = told("log", "state", "meetings", line.organisation, event["id"])
    assert (len(state["before"]), len(state["after"])) == (0, 1)
    assert len(told("timeline", event["subject"])["lines"]) == 1


def test_a_grade_is_explained_and_printed(deployment: Deployment, line: Line, told: Typed, tmp_path: Path) -> None:
    rules, branch = fresh(), line.branches[0]
    criterion = {"code": "attendance", "title": "Chuyên cần", "clause": "2", "points": 10_000}
    document = {
        "schema_version": 1,
        "grades": [{"scale": "strength", "rank": rank, "label": label} for rank, label in ((1, "mạnh"), (2, "khá"))],
        "criteria": [criterion | {"indicator": "attendance"}],
        "thresholds": [{"rank": 1, "at_least": 8_000}, {"rank": 2, "at_least": 0}],
    }
    about = {"title": "Hướng dẫn", "subject_kind": "branch", "issuer": "Hội", "legal_reference": "1-HD/BTV"}
    fact = {**about, "issued": "2020-01-01", "effective_from": "2020-01-01", "rules": document}
    line.post("ratings", says("ratings.rule-set-adopted", rules, fact)).raise_for_status()
    line.post("meetings", meeting(branch, present=7, absent=3, on="2021-03-01")).raise_for_status()
    deployment.settle()
    where, page = (branch, "--rule-set", rules, "--year", "2021"), tmp_path / "page.html"
    explained = told("explain", *where, "--page", str(page))
    assert explained["changes"]["better"]["smallest"]["vi"] == "Nếu có thêm 1 lượt có mặt thì đạt mức mạnh."
    assert "@page { size: A4" in page.read_text(encoding="utf-8")
    words = typed("explain", *where, "--english", "--data", str(deployment.data)).stdout
    assert "With 1 more attendance the grade would have been mạnh." in words
    assert told("explain", branch, "--rule-set", rules, "--start", "2021-01-01", "--end", "2022-01-01") == explained
    moved = told("explain", *where, "--since", "2020-01-01")
    assert {each["criteria"][0]["points"] for each in moved["facts"]} == {7_000}, "the meeting, and the founding"
    lines = typed("explain", *where, "--since", "2020-01-01", "--data", str(deployment.data)).stdout
    assert "(Chuyên cần +70)  [" in lines
    assert moved["facts"][0]["recorded"] not in lines, "when it was recorded is said by the clock of Viet Nam"
    draft, past = tmp_path / "draft.json", ("--unit", line.root, "--years", "2020,2021")
    steps = [{"rank": 1, "at_least": 7_000}, {"rank": 2, "at_least": 0}]
    draft.write_text(json.dumps({**fact, "rules": {**document, "thresholds": steps}}), encoding="utf-8")
    tried = told("rules", "try", str(draft), *past)
    assert [(each["from"]["label"], each["to"]["label"]) for each in tried["moved"]] == [("khá", "mạnh")]
    words = typed("rules", "try", str(draft), *past, "--against", rules, "--data", str(deployment.data)).stdout
    assert "khá → mạnh: 1\n" in words
    draft.write_text("rules: {}\n", encoding="utf-8")
    unsound = typed("rules", "try", str(draft), *past, "--data", str(deployment.data))
    assert (unsound.returncode, unsound.is_one_line) == (1, True), unsound.stderr
    person = fresh()
    of_one = told("explain", *where, "--person", person, "--kind", "officer", "--axis", "vertical")
    assert of_one["person"] == {"person": person, "kind": "officer"}
    refused = typed("explain", branch, "--rule-set", fresh(), "--year", "2021", "--data", str(deployment.data))
    assert (refused.returncode, refused.is_one_line) == (1, True), refused.stderr


def test_what_is_sealed_and_signed_is_carried_away_and_verified(
    deployment: Deployment, line: Line, told: Typed, tmp_path: Path
) -> None:
    def sealed() -> int:
        line.post("meetings", *(meeting(line.branches[0]) for _ in range(30))).raise_for_status()
        segments: int = told("archive", "seal", "meetings")["segments"]
        return segments

    # A service seals by itself what a month has left when it ends; no two months end during a test.
    assert any(sealed() for _ in range(2))
    assert len(told("archive", "list", "meetings")) >= 1
    assert told("archive", "verify", "meetings")["first_wrong"] is None
    unknown = typed("checkpoint", "readmit", "meetings", "nobody", "--data", str(deployment.data))
    assert unknown.returncode == 1
    assert unknown.is_one_line
    pack, keys = tmp_path / "pack.zip", tmp_path / "keys"
    asked = ("attendance", "--unit", line.root, "--start", "2010-01-01", "--end", "2030-01-01")
    packed = told("audit", "pack", str(pack), *asked)
    assert packed["events"] > 30
    listed = (line for service in SERVICES for line in deployment.get(service, "/v1/keys").text.splitlines())
    keys.write_text("\n".join(json.loads(each)["key"] for each in listed))
    answer = typed("audit", "verify", str(pack), "--key", str(keys), "--json")
    assert answer.returncode == 0, answer.stdout + answer.stderr
    assert json.loads(answer.stdout)["result"] == "proven"


# ── What stands in the way ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "words",
    [
        ("log", "head", "nothing"),
        ("post", "nothing", "-"),
        ("serve", "nothing"),
        ("log", "head", "meetings", "--data", "nowhere"),
        ("serve", "meetings"),
    ],
    ids=" ".join,
)
def test_wrong_use_is_one_clear_line_and_ends_with_2(deployment: Deployment, words: Sequence[str]) -> None:
    answer = typed(*words, settings={"NENNEP_DATA": str(deployment.data)})
    assert answer.returncode == 2
    assert answer.is_one_line, answer.stderr


def test_reports_are_handed_out_as_files_and_as_lines(deployment: Deployment, line: Line, tmp_path: Path) -> None:
    data = ("--data", str(deployment.data))
    asked = ("--unit", line.root, "--start", "2021-01-01", "--end", "2024-01-01", *data)
    file = tmp_path / "sơ kết.docx"
    written = typed("report", "conference", *asked, "--out", str(file), "--title", "=1+1", "--day", "2024-01-15")
    assert (written.returncode, zipfile.is_zipfile(file)) == (0, True), written.stderr
    unknown = typed("report", "conference", *asked, "--out", str(tmp_path / "sơ kết.exe"))
    assert unknown.returncode == 2
    grades = typed("report", "grades", *asked, "--by", "level,period", "--json")
    assert json.loads(grades.stdout)["by"] == ["level", "period"], grades.stderr
    assert typed("report", "grades", *asked, "--by", "colour").returncode == 1
    years = typed("report", "years", *asked)
    assert (years.returncode, years.stdout) == (0, "–\n"), "nobody has rated this line"


@pytest.mark.parametrize("words", [("nothing",), ("log",), ("log", "show", "meetings", "x", "y"), ("post", "meetings")])
def test_words_that_are_no_command_end_with_2(words: Sequence[str]) -> None:
    answer = typed(*words)
    assert answer.returncode == 2
    assert "Traceback" not in answer.stderr


def test_a_refusal_ends_with_1(deployment: Deployment, line: Line) -> None:
    stranger = f"nn_{UUID(fresh()).hex}_{'A' * 43}"
    answer = typed("log", "head", "meetings", "--data", str(deployment.data), "--key", stranger)
    assert (answer.returncode, answer.is_one_line) == (1, True)
    assert stranger not in answer.stderr
    reader = issue(deployment, line.organisation, "reader")
    answer = typed("projection", "rebuild", "membership", "--data", str(deployment.data), "--key", reader)
    assert (answer.returncode, answer.is_one_line) == (1, True)
    assert "role-may-not" in answer.stderr


def test_a_taken_port_is_one_clear_line(deployment: Deployment, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as owner:
        port = str(owner.getsockname()[1])
        alone = ran("serve", "meetings", "--data", str(tmp_path), "--port", port, settings=secrets(deployment))
        together = ran("serve", "--data", str(tmp_path / "all"), "--port", port)
    for answer in (alone, together):
        assert answer.returncode == 2
        assert answer.is_one_line, answer.stderr
        assert port in answer.stderr


def secrets(deployment: Deployment) -> dict[str, str]:
    """What a service needs to start alone."""
    pepper = (deployment.data / "pepper").read_text()
    return {"NENNEP_REDIS": deployment.run["redis"]["url"], "NENNEP_PEPPER": pepper}


def test_a_folder_in_use_is_one_clear_line(deployment: Deployment) -> None:
    data = str(deployment.data)
    for answer in (
        ran("serve", "--data", data),
        ran("serve", "meetings", "--data", data, settings=secrets(deployment)),
    ):
        assert answer.returncode == 2
        assert answer.is_one_line, answer.stderr
    deployment.settle()


def test_a_file_in_the_way_is_one_clear_line(deployment: Deployment, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    data = str(tmp_path / "file")
    for answer in (
        ran("serve", "--data", data),
        ran("serve", "ratings", "--data", data, settings=secrets(deployment)),
        ran("demo", "--once", "--data", data),
    ):
        assert answer.returncode == 2
        assert answer.is_one_line, answer.stderr


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("NENNEP_PEPPER", ""),
        ("NENNEP_PEPPER", "short"),
        ("NENNEP_PEPPER", "change-me-change-me-change-me-change-me"),
        ("NENNEP_PEPPER", "a" * 40),
        ("NENNEP_REDIS", "redis://:hidden@127.0.0.1:1/0?protocol=3"),
        ("NENNEP_REDIS", "http://:hidden@127.0.0.1"),
        ("NENNEP_SHARDS", "none"),
    ],
)
def test_a_setting_that_cannot_be_is_one_clear_line_that_does_not_show_it(
    deployment: Deployment, tmp_path: Path, name: str, value: str
) -> None:
    settings = {**secrets(deployment), name: value}
    answer = ran("serve", "meetings", "--data", str(tmp_path), settings=settings)
    assert answer.returncode == 2
    assert answer.is_one_line, answer.stderr
    assert not value or value not in answer.stderr


def test_an_old_python_is_told_so_in_one_line() -> None:
    program = "import runpy, sys; sys.version_info = (3, 8, 2); runpy.run_module('services', run_name='__main__')"
    answer = subprocess.run(
        [sys.executable, "-c", program], check=False, capture_output=True, text=True, cwd=ROOT, env=environment({})
    )
    assert answer.returncode == 2
    assert (answer.stderr.count("\n"), answer.stdout) == (1, "")
    assert "3.11" in answer.stderr


def test_the_doctor_finds_this_machine_well(tmp_path: Path) -> None:
    answer = typed("doctor", "--json", "--data", str(tmp_path))
    assert answer.returncode == 0, answer.stdout
    assert all(finding["good"] for finding in json.loads(answer.stdout))
    assert ran("doctor", "--data", str(tmp_path)).returncode == 0


def test_the_doctor_counts_what_runs_and_holds_it_against_the_logs(deployment: Deployment, told: Typed) -> None:
    deployment.settle()
    findings = {finding["name"]: finding["said"] for finding in told("doctor") if finding["good"]}
    assert {f"completeness {service}" for service in ("membership", "meetings", "ratings")} <= findings.keys()
    figures = deployment.get("ratings", "/metrics").text
    assert 'nennep_unaccounted_events{by="recount",service="ratings"} 0.0' in figures


def test_everything_stops_politely_and_leaves_whole_files(tmp_path: Path) -> None:
    """After a polite stop each log is one file: whoever copies it has all of it."""
    command = [sys.executable, "-m", "services", "serve", "--data", str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT, env=environment({})) as process:
        try:
            until((tmp_path / "run.json").exists, PATIENCE)
            reached = Reached(tmp_path)
            reached.settle()
            line = register(reached)
            line.heard_of("meetings", "ratings")
            line.post("meetings", meeting(line.branches[0])).raise_for_status()
            reached.settle()
            reached.close()
            process.send_signal(signal.SIGINT)
            assert process.wait(PATIENCE) == 0
        finally:
            process.kill()
    assert [file.name for file in tmp_path.glob("*/*-wal")] == []
    assert not (tmp_path / "run.json").exists()
