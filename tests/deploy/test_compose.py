"""Would the compose file start what it must, and nothing without its secrets?"""

from __future__ import annotations

import json
import re
import shutil
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from shared.operations.readers_compose import main, readers, refresh
from shared.operations.settings import Settings
from tests.support.deployment import DEPLOY, READERS, ROOT, compose, variables

READING, SERVICES = readers(ROOT)
"""Those that only read, and those that record."""
PORTS = {"MEMBERSHIP_PORT", "MEETINGS_PORT", "RATINGS_PORT", "PUBLISHED_ON"}
IMAGES = {"PYTHON_IMAGE", "VALKEY_IMAGE", "POSTGRES_IMAGE"}
PACKAGES = {"PIP_INDEX_URL", "PIP_FIND_LINKS", "PIP_NO_INDEX", "PIP_TRUSTED_HOST"}
SETTINGS = {
    *("NENNEP_SHARDS", "NENNEP_SEGMENT", "NENNEP_STREAM"),
    *("NENNEP_DEPLOYMENT", "NENNEP_WITNESSES", "NENNEP_WITNESSES_NEEDED"),
    *("NENNEP_RATE_KEY", "NENNEP_RATE_ORGANISATION", "NENNEP_WEBHOOKS_ALLOWED"),
    *("NENNEP_OIDC_ISSUER", "NENNEP_OIDC_AUDIENCE", "NENNEP_OIDC_KEYS", "NENNEP_OIDC_ALGORITHMS"),
}
GOOD_WITHOUT = PORTS | IMAGES | PACKAGES | SETTINGS


def stanza(name: str) -> dict[str, Any]:
    found: dict[str, Any] = compose()["services"][name]
    return found


def example() -> dict[str, str]:
    lines = (DEPLOY / ".env.example").read_text(encoding="utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def test_it_is_a_compose_file() -> None:
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(compose(), json.loads(vendored.read_text(encoding="utf-8")))


def test_everything_that_it_refers_to_is_there() -> None:
    whole = compose()
    for name, service in whole["services"].items():
        assert set(service.get("networks", [])) <= set(whole["networks"]), name
        assert set(service.get("depends_on", {})) <= set(whole["services"]), name
        assert {config["source"] for config in service.get("configs", [])} <= set(whole["configs"]), name
        for volume in service.get("volumes", []):
            source = volume.split(":")[0]
            assert source in whole["volumes"] or (DEPLOY / source).is_file(), volume
        if "build" in service:
            assert (DEPLOY / service["build"]["context"] / service["build"]["dockerfile"]).is_file(), name


def test_no_secret_has_a_default_and_nothing_starts_without_one() -> None:
    required = {name for name, rest in variables().items() if rest.startswith(":?")}
    assert required == set(variables()) - GOOD_WITHOUT
    assert "NENNEP_PEPPER" in required


def test_the_example_names_every_secret_and_gives_none() -> None:
    assert set(example()) == set(variables()) - GOOD_WITHOUT
    assert not any(example().values())


def test_images_have_a_usual_name_and_packages_come_from_where_pip_takes_them() -> None:
    told = variables()
    assert all(told[name].startswith(":-") and told[name] != ":-" for name in PORTS | IMAGES)
    assert all(told[name] == ":-" for name in PACKAGES | SETTINGS)
    dockerfile = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert f"ARG BASE={told['PYTHON_IMAGE'].removeprefix(':-')}\n" in dockerfile
    assert all(f"\nARG {name}\n" in dockerfile for name in PACKAGES)


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_a_container_of_its_own(service: str) -> None:
    found = stanza(service)
    assert found["build"]["args"]["SERVICE"] == service
    assert set(found["build"]["args"]) == {"SERVICE", "BASE"} | PACKAGES
    assert "/readyz" in found["healthcheck"]["test"][-1]
    assert found["read_only"]
    assert found["cap_drop"] == ["ALL"]


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_has_its_own_database_and_its_own_name_at_the_courier(service: str) -> None:
    environment = stanza(service)["environment"]
    assert environment["NENNEP_DATABASE"].startswith(f"postgresql+psycopg://{service}:")
    assert environment["NENNEP_DATABASE"].endswith(f"/{service}")
    assert environment["NENNEP_REDIS"].startswith(f"redis://{service}:")
    assert service in stanza("database")["environment"]["SERVICES"].split()


@pytest.mark.parametrize("service", SERVICES)
def test_each_service_writes_its_own_folder_of_the_archive_and_only_reads_the_others(service: str) -> None:
    kept = {volume for volume in stanza(service)["volumes"] if ":/archive" in volume}
    others = {f"{other}-archive:/archive/{other}:ro" for other in SERVICES if other != service}
    assert kept == {f"{service}-archive:/archive/{service}", *others}
    assert "NENNEP_ARCHIVE=/archive " in (DEPLOY / "Dockerfile").read_text(encoding="utf-8")


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_answers_on_this_host_alone_unless_told_otherwise(service: str) -> None:
    (published,) = stanza(service)["ports"]
    assert published.startswith("${PUBLISHED_ON:-127.0.0.1}:")


def test_the_database_is_healthy_only_when_it_answers_over_the_network() -> None:
    assert "--host" in stanza("database")["healthcheck"]["test"]


@pytest.mark.parametrize("name", [*SERVICES, "courier", "database"])
def test_nothing_is_given_up_while_it_is_made_ready_for_the_first_time(name: str) -> None:
    assert "start_period" in stanza(name)["healthcheck"]


@pytest.mark.parametrize("service", SERVICES)
def test_services_are_told_only_what_they_know(service: str) -> None:
    known = {f"NENNEP_{name.upper()}" for name in Settings.model_fields}
    assert {*stanza(service)["environment"]} <= known
    assert set(re.findall(r"NENNEP_[A-Z]+", (DEPLOY / "Dockerfile").read_text(encoding="utf-8"))) <= known


@pytest.mark.parametrize("server", ["courier", "database"])
def test_the_servers_are_not_reached_from_outside(server: str) -> None:
    assert stanza(server)["networks"] == ["inside"]
    assert "ports" not in stanza(server)
    assert compose()["networks"]["inside"]["internal"]


def test_images_take_in_nothing_but_what_is_named() -> None:
    ignored = (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").split()
    assert ignored[0] == "*"
    assert all((ROOT / line.removeprefix("!")).exists() for line in ignored if line.startswith("!"))


def test_images_install_by_hash_and_run_as_an_ordinary_user() -> None:
    lines = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    assert "--require-hashes" in lines
    assert "\nUSER nennep\n" in lines


# ── Services that only read ──────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A checkout with two services that only read."""
    for service in (*SERVICES, "maps", "summaries"):
        (tmp_path / "services" / service).mkdir(parents=True)
        (tmp_path / "services" / service / "app.py").touch()
    (tmp_path / "deploy").mkdir()
    shutil.copy(DEPLOY / "docker-compose.yml", tmp_path / "deploy")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def written(root: Path) -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load((root / "deploy" / READERS.name).read_text(encoding="utf-8"))
    return found


def test_the_committed_file_of_the_readers_is_fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert main(["--check"]) == 0
    assert set(written(ROOT)["services"]) == set(READING)


def test_each_reader_has_a_container_that_writes_to_its_own_volume_alone(checkout: Path) -> None:
    assert main(["--check"]) == 1
    refresh(checkout)
    assert main(["--check"]) == 0
    vendored = resources.files("check_jsonschema") / "builtin_schemas" / "vendor" / "compose-spec.json"
    jsonschema.validate(written(checkout), json.loads(vendored.read_text(encoding="utf-8")))
    for name, service in written(checkout)["services"].items():
        archives = {f"{producer}-archive:/archive/{producer}:ro" for producer in SERVICES}
        assert set(service["volumes"]) == {f"{name}:/data", *archives}
        assert service["environment"]["NENNEP_REDIS"].startswith("redis://reader:${READER_COURIER_PASSWORD:?}@")
        assert "NENNEP_DATABASE" not in service["environment"]
        assert service["read_only"]
        assert set(service["environment"]) <= {f"NENNEP_{each.upper()}" for each in Settings.model_fields}


def test_one_reader_more_changes_nothing_of_the_others(checkout: Path) -> None:
    refresh(checkout)
    before = written(checkout)
    (checkout / "services" / "atlas").mkdir()
    (checkout / "services" / "atlas" / "app.py").touch()
    refresh(checkout)
    after = written(checkout)
    assert set(after["services"]) - set(before["services"]) == {"atlas"}
    assert {name: after["services"][name] for name in before["services"]} == before["services"]
    assert after["x-settings"] == compose()["x-settings"]
    assert len({service["ports"][0] for service in after["services"].values()}) == 3
