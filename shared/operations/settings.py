"""What may be set from outside? A few `NENNEP_…` variables of the environment, read once, at the start of a process."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr, ValidationError, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from shared.eventsourcing.courier import checked
from shared.eventsourcing.relay import KEPT
from shared.eventsourcing.service import Whereabouts
from shared.eventsourcing.views import KEEP
from shared.history.archive.depot import open_depot
from shared.history.archive.sealer import Archiving
from shared.history.archive.segment import MOST_EVENTS
from shared.history.evidence.publisher import Publishing
from shared.history.evidence.witnesses import Address, read_addresses
from shared.operations.machine import CannotStart
from shared.personal.master import FILE as MASTER_FILE
from shared.personal.master import MasterKeys, make_file
from shared.units.sign_on import ALGORITHMS, KEY_RATE, ORGANISATION_RATE, USUAL

SHORTEST_PEPPER = 32


def _courier(url: SecretStr) -> SecretStr:
    """Refuse an address under which nothing would be delivered, at the start instead of in every connection."""
    checked(url.get_secret_value())
    return url


def _addresses(text: str | tuple[Address, ...]) -> tuple[Address, ...]:
    return read_addresses(text) if isinstance(text, str) else text


def _algorithms(text: str | tuple[str, ...]) -> tuple[str, ...]:
    """Names with spaces between, each of the list that is safe."""
    names = tuple(text.split()) if isinstance(text, str) else text
    if not names or not set(names) <= set(ALGORITHMS):
        message = f"one or more of {' '.join(ALGORITHMS)}"
        raise ValueError(message)
    return names


class Settings(BaseSettings):
    """What one service's process is told. Secrets never show in its text form."""

    model_config = SettingsConfigDict(env_prefix="NENNEP_", env_ignore_empty=True, extra="ignore", frozen=True)

    data: Path = Path("var")
    """Folder of everything that a process keeps on this machine; each service works in a folder of its own there."""
    database: SecretStr | None = None
    """SQLAlchemy URL of PostgreSQL, in which `{service}` stands for the service's name; absent: SQLite in `data`."""
    redis: Annotated[SecretStr, AfterValidator(_courier)]
    """URL of the courier."""
    pepper: Annotated[SecretStr, Field(min_length=SHORTEST_PEPPER)]
    """The deployment's secret under which credentials are kept."""
    master_key: SecretStr | None = None
    """The key that wraps the keys of persons; earlier ones that still open stand behind it, with spaces."""
    master_key_file: Path | None = None
    """The same in a file, one a line. Neither: a file of its own in `data`, on SQLite only."""
    terms: Path | None = None
    """Within what time a person's request is answered; absent: as the product brings it along."""
    holidays: Path | None = None
    """On which days offices are closed in more years than the product brings along."""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 0
    """0: any free port."""
    shards: Annotated[int, Field(ge=1, le=1024)] = 1
    """How many Redis streams a service's log is spread over."""
    archive: str = ""
    """Where sealed history lies: a folder, or an fsspec URL of an object store; absent: `archive` in `data`."""
    segment: Annotated[int, Field(ge=1, le=MOST_EVENTS)] = MOST_EVENTS
    """Events after which a segment is sealed before its month is over."""
    stream: Annotated[int, Field(ge=1)] = KEPT
    """Entries that stay in a Redis stream though they are sealed."""

    keep_views: Annotated[float, Field(ge=0)] = KEEP
    """Days for which the views that a rebuild replaced are kept."""
    deployment: Annotated[str, Field(pattern=r"^[A-Za-z0-9._-]{1,64}$")] = "local"
    """What this deployment is called in every checkpoint: never changed, and no other one has the same."""
    witnesses: Annotated[tuple[Address, ...], NoDecode, BeforeValidator(_addresses)] = ()
    """`URL KEY URL KEY …`: who is asked to cosign checkpoints."""
    witnesses_needed: Annotated[int, Field(ge=0)] = 0
    """How many of them must have cosigned before a checkpoint counts as witnessed."""

    rate_key: Annotated[float, Field(ge=0)] = KEY_RATE
    """Requests a second of one key, twenty seconds' worth at once; 0: no limit."""
    rate_organisation: Annotated[float, Field(ge=0)] = ORGANISATION_RATE
    """The same of all keys of an organisation together."""
    oidc_issuer: str = ""
    """Whose tokens people sign on with: the `iss` of each; absent: nobody signs on."""
    oidc_audience: str = ""
    """What the tokens must be meant for (`aud`)."""
    oidc_keys: str = ""
    """Where the issuer's public keys (JWK set) are: a file, or an https address."""
    oidc_algorithms: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_algorithms)] = USUAL
    """With which algorithms tokens may be signed."""

    webhooks_allowed: str = ""
    """Hosts of the own network to which events may be sent, over http too: `host` or `host:port`, with spaces."""

    @model_validator(mode="after")
    def _whole_issuer(self) -> Settings:
        told = [bool(each) for each in (self.oidc_issuer, self.oidc_audience, self.oidc_keys)]
        if any(told) and not all(told):
            message = "oidc_issuer, oidc_audience and oidc_keys belong together"
            raise ValueError(message)
        return self

    @property
    def archiving(self) -> Archiving:
        """Where sealed history lies, of every service of the deployment, and how it is cut."""
        return Archiving(open_depot(self.archive or str(self.data / "archive")), self.segment)

    def publishing(self, service: str) -> Publishing:
        """Where a service keeps its signing keys, and who must have seen what it publishes."""
        return Publishing(self.folder(service) / "keys", self.deployment, self.witnesses, self.witnesses_needed)

    def master_keys(self) -> MasterKeys:
        """The master keys. MasterKeyRefused when there is none, or none that protects anything."""
        if self.master_key is not None:
            return MasterKeys(self.master_key.get_secret_value().split())
        file = self.master_key_file
        if file is None and self.database is None:
            file = self.data / MASTER_FILE
            make_file(file)
        return MasterKeys(()) if file is None else MasterKeys.read(file)

    def whereabouts(self, service: str) -> Whereabouts:
        """Everything that a service must find."""
        return Whereabouts(
            self.folder(service),
            self.redis.get_secret_value(),
            self.database_of(service),
            self.shards,
            self.stream,
            cache(self.archiving.of),
            self.keep_views,
        )

    def folder(self, service: str) -> Path:
        """Where the service keeps its files."""
        return self.data / service

    def database_of(self, service: str) -> str | None:
        """The service's PostgreSQL URL, or nothing when it keeps SQLite files in its folder."""
        return None if self.database is None else self.database.get_secret_value().replace("{service}", service)


def read_settings(**given: Any) -> Settings:  # noqa: ANN401 -- settings are of many types, and checked
    """The settings of this process; what is given counts before the environment. CannotStart names what is wrong."""
    try:
        return Settings(**given)
    except ValidationError as error:
        wrong = "; ".join(
            f"NENNEP_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}"
            for problem in error.errors(include_url=False, include_input=False)
        )
        message = f"cấu hình sai / wrong settings: {wrong}"
        raise CannotStart(message) from None
