"""Does the compose file run? Only where a container engine answers and has the images; else skipped with the reason.

Where images or packages come from another place than usual, the variables of the compose file say so: PYTHON_IMAGE,
VALKEY_IMAGE, POSTGRES_IMAGE and the PIP_… of the build.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from shared.operations.discovery import discovered
from shared.operations.machine import free_port
from tests.support.deployment import COMPOSE, DEPLOY, ROOT, variables
from tests.support.waiting import until
from tests.system.lines import Line, meeting, register
from tests.system.reached import PATIENCE, Reached

pytestmark = [pytest.mark.container, pytest.mark.timeout(1800)]

HOST: Final = "127.0.0.1"
IMAGES: Final = {name: rest.removeprefix(":-") for name, rest in variables().items() if name.endswith("_IMAGE")}
SEGMENT: Final = 10
"""Events of an organisation after which they are sealed."""
YEAR: Final = {"start": "2020-01-01", "end": "2021-01-01"}
KILL_ALL: Final = "import os, signal; os.kill(-1, signal.SIGKILL)"
"""Told inside a container: a kill by the engine would count as wished, and nothing would start again."""


def docker(*words: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **told}
    return subprocess.run(["docker", *words], check=False, capture_output=True, text=True, env=environment)


def last_line(answer: subprocess.CompletedProcess[str]) -> str:
    return (answer.stderr.strip().splitlines() or ["no reason given"])[-1]


def need_engine() -> None:
    if shutil.which("docker") is None:
        pytest.skip("no docker on this machine")
    if (answer := docker("info", "--format", "{{.ServerVersion}}")).returncode != 0:
        pytest.skip(f"no container engine answers: {last_line(answer)}")
    if docker("compose", "version").returncode != 0:
        pytest.skip("docker has no compose")
    for name, usual in IMAGES.items():
        image = os.environ.get(name, usual)
        if docker("image", "inspect", image).returncode != 0 and (pull := docker("pull", image)).returncode != 0:
            pytest.skip(f"{image} is neither here nor to be had: {last_line(pull)}")


class Composed(Reached):
    """The containers of the compose file, from a copy of what belongs in them, under a project of the test's own."""

    def __init__(self, data: Path) -> None:
        super().__init__(data)
        self._project = f"nennep-test-{os.getpid()}"
        self._told = {name: secrets.token_hex(32) for name, rest in variables().items() if rest.startswith(":?")}
        self._told |= {f"{service.upper()}_PORT": str(free_port(HOST)) for service in discovered()}
        self._told["NENNEP_SEGMENT"] = str(SEGMENT)
        checkout = data / "checkout"
        for folder in (DEPLOY, ROOT / "docs" / "formats", ROOT / "shared", ROOT / "services"):
            shutil.copytree(
                folder, checkout / folder.relative_to(ROOT), ignore=shutil.ignore_patterns("__pycache__", ".env")
            )
        (checkout / "requirements").mkdir()
        shutil.copy(ROOT / "requirements" / "run.txt", checkout / "requirements")
        self._file = checkout / COMPOSE.relative_to(ROOT)

    def compose(self, *words: str) -> str:
        """What a command of compose prints; an AssertionError with its complaint when it fails."""
        answer = docker("compose", "-p", self._project, "-f", str(self._file), *words, **self._told)
        assert answer.returncode == 0, answer.stderr[-4000:]
        return answer.stdout

    def up(self, *words: str) -> None:
        """Start whatever does not run, wait until all are ready, and learn the operator's key."""
        self.compose("up", "--wait", *words)
        ports = {service: self._told[f"{service.upper()}_PORT"] for service in discovered()}
        services = {service: {"url": f"http://{HOST}:{port}"} for service, port in ports.items()}
        (self.data / "run.json").write_text(json.dumps({"services": services}))
        key = self.data / "membership" / "operator.key"
        key.parent.mkdir(exist_ok=True)
        key.write_text(self.inside("membership", "cat", "/data/membership/operator.key"))

    def inside(self, service: str, *command: str) -> str:
        """What a command prints in the service's container."""
        return self.compose("exec", "-T", service, *command)

    def tries(self, service: str, command: str) -> bool:
        """Whether the shell in the service's container succeeds in it."""
        return "done" in self.inside(service, "sh", "-c", f"if {command}; then echo done; fi 2>/dev/null")

    def starts(self, service: str) -> int:
        """How often the engine has started the service's container again."""
        container = self.compose("ps", "--all", "--quiet", service).strip()
        return int(docker("inspect", "--format", "{{.RestartCount}}", container).stdout)

    def kill_inside(self, service: str) -> None:
        """Kill everything that runs in the service's container, and with it the container."""
        words = ("exec", "-T", service, "python", "-c", KILL_ALL)
        docker("compose", "-p", self._project, "-f", str(self._file), *words, **self._told)

    def lose(self, volume: str) -> None:
        """Remove a volume. Nothing may run."""
        answer = docker("volume", "rm", f"{self._project}_{volume}")
        assert answer.returncode == 0, answer.stderr


@pytest.fixture(scope="module")
def containers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Composed]:
    need_engine()
    composed = Composed(tmp_path_factory.mktemp("composed"))
    try:
        composed.up("--build", "--quiet-pull")
        composed.settle()
        yield composed
    except AssertionError as error:
        error.add_note(composed.compose("logs", "--tail", "30")[-8000:])
        raise
    finally:
        composed.close()
        composed.compose("down", "--volumes", "--remove-orphans", "--rmi", "local")


@pytest.fixture
def line(containers: Composed) -> Line:
    """An organisation of the test's own, with ten who should have come to its branch's meeting and seven who did."""
    registered = register(containers)
    registered.heard_of("meetings", "ratings")
    registered.post("meetings", meeting(registered.branches[0], 7, 3)).raise_for_status()
    return registered


def attendance(line: Line) -> tuple[int, int | None]:
    row, *_ = line.deployment.figure("attendance", key=line.key, unit=line.root, **YEAR)
    return row["numerator"], row["denominator"]


def test_every_container_becomes_ready(containers: Composed) -> None:
    for service in discovered():
        assert containers.is_ready(service), service
        answer = httpx.get(containers.url(service, "/openapi.json"), trust_env=False, timeout=PATIENCE)
        assert answer.json()["openapi"]


def test_a_fact_posted_through_a_published_port_is_counted_by_another_container(line: Line) -> None:
    until(lambda: attendance(line) == (7, 10), PATIENCE)


@pytest.mark.parametrize("service", discovered())
def test_a_killed_container_starts_again_and_has_lost_nothing(containers: Composed, line: Line, service: str) -> None:
    containers.settle()
    heads, starts = containers.heads(service), containers.starts(service)
    containers.kill_inside(service)
    until(lambda: containers.starts(service) > starts, PATIENCE)
    containers.settle()
    assert containers.heads(service) == heads
    late = meeting(line.found(), 2, 0)
    until(lambda: line.post("meetings", late, Nennep_After=line.after).is_success, PATIENCE)
    until(lambda: attendance(line) == (9, 12), PATIENCE)


@pytest.mark.parametrize("service", discovered())
def test_a_service_writes_its_own_folder_of_the_archive_and_reads_the_others(
    containers: Composed, service: str
) -> None:
    assert containers.tries(service, f"echo {service} > /archive/{service}/.trial")
    for other in set(discovered()) - {service}:
        assert containers.tries(other, f'test "$(cat /archive/{service}/.trial)" = {service}')
        assert not containers.tries(other, f"rm -f /archive/{service}/.trial")
        assert not containers.tries(other, f"touch /archive/{service}/.trial")
    assert containers.tries(service, f"rm /archive/{service}/.trial")


def test_what_one_service_has_sealed_is_found_by_another_without_the_courier(containers: Composed, line: Line) -> None:
    """A rebuild of ratings reads the sealed history of the others from their volumes."""
    line.post("meetings", *(meeting(line.branches[0], 1, 0) for _ in range(2 * SEGMENT))).raise_for_status()
    of_line = f"/archive/meetings/segments/*-{line.organisation}-{SEGMENT + 1}-*"
    until(lambda: containers.tries("ratings", f"ls {of_line}"), PATIENCE)
    containers.settle()
    ended = containers.rebuilt("ratings")
    assert (ended["result"], ended["tables"]) == ("switched", {})
    assert attendance(line) == (7 + 2 * SEGMENT, 10 + 2 * SEGMENT)


@pytest.mark.parametrize("service", discovered())
def test_a_service_runs_without_rights_and_writes_nowhere_else(containers: Composed, service: str) -> None:
    assert containers.inside(service, "id", "-u").strip() != "0"
    assert "CapBnd:\t0000000000000000" in containers.inside(service, "cat", "/proc/self/status")
    for folder in ("/srv", "/opt/nennep", "/archive", "/var/tmp"):  # noqa: S108 -- open to all, but for the read-only root
        assert not containers.tries(service, f"touch {folder}/trial"), folder


def test_who_takes_all_down_finds_all_again_even_without_what_the_courier_had(containers: Composed, line: Line) -> None:
    until(lambda: attendance(line) == (7, 10), PATIENCE)
    containers.compose("down")
    assert not containers.compose("ps", "--all", "--quiet")
    containers.lose("courier")
    containers.up("--no-build")
    containers.settle()
    assert attendance(line) == (7, 10)
    line.post("meetings", meeting(line.branches[0], 1, 1)).raise_for_status()
    until(lambda: attendance(line) == (8, 12), PATIENCE)
