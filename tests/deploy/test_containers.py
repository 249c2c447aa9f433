"""Does the compose file run? Only where a container engine answers; else skipped with the reason."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from shared.operations.machine import free_port
from shared.operations.serving import discovered
from tests.support.deployment import COMPOSE, variables

pytestmark = [pytest.mark.container, pytest.mark.timeout(1200)]
PROJECT = "nennep-test"


def docker(*words: str, **told: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, **told}
    return subprocess.run(["docker", *words], check=False, capture_output=True, text=True, env=environment)


def need_engine() -> None:
    if shutil.which("docker") is None:
        pytest.skip("no docker on this machine")
    answer = docker("info", "--format", "{{.ServerVersion}}")
    if answer.returncode != 0:
        pytest.skip(f"no container engine answers: {answer.stderr.strip().splitlines()[-1]}")
    if docker("compose", "version").returncode != 0:
        pytest.skip("docker has no compose")


@pytest.fixture
def addresses(tmp_path: Path) -> Iterator[dict[str, str]]:
    need_engine()
    told = {name: secrets.token_hex(32) for name in variables()}
    told |= {f"{service.upper()}_PORT": str(free_port("127.0.0.1")) for service in discovered()}
    (tmp_path / "empty").touch()
    words = ("compose", "-p", PROJECT, "--env-file", str(tmp_path / "empty"), "-f", str(COMPOSE))
    try:
        up = docker(*words, "up", "--build", "--wait", "--quiet-pull", **told)
        assert up.returncode == 0, up.stderr[-4000:]
        yield {service: f"http://127.0.0.1:{told[f'{service.upper()}_PORT']}" for service in discovered()}
    finally:
        docker(*words, "down", "--volumes", "--remove-orphans", **told)


def test_every_container_becomes_ready(addresses: dict[str, str]) -> None:
    for service, address in addresses.items():
        assert httpx.get(f"{address}/readyz", trust_env=False).is_success, service
        assert json.loads(httpx.get(f"{address}/openapi.json", trust_env=False).text)["openapi"]
