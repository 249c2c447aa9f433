"""What did the articles print, and how large is the synthetic history? Reads the one declared file."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any, Literal

import msgspec

FILE = Path(__file__).with_name("calibration.toml")

Reach = Literal["district", "commune", "hamlet"]
Comparator = Literal["=", "gần", "hơn", "hầu hết", "đều", "cao hơn", ""]
Basis = Literal["printed", "derived", "assumed"]
Wanted = dict[str, str | int | list[str | int]]
"""Which rows of an answer count: key → the value, or the values, it must have."""


class Declared(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A table of the file: nothing that the program does not know may stand in it."""


class Words(Declared, frozen=True, kw_only=True):
    """The same in Vietnamese and in English."""

    vi: str
    en: str


class Article(Declared, frozen=True, kw_only=True):
    """Where a figure was printed. `day`: none when the page bears no date."""

    title: str
    source: str
    day: dt.date | None = None


class PlaceKind(Declared, frozen=True, kw_only=True):
    """A kind of place: its code in the contracts, and the word before its name."""

    kind: str
    word: str


class District(Declared, frozen=True, kw_only=True):
    """A district unit with so many communes, of which the first `towns` are towns or wards."""

    key: str
    name: str
    kind: str
    communes: int
    hamlets: int
    towns: int = 0
    town: PlaceKind | None = None


class Province(Declared, frozen=True, kw_only=True):
    """A province of the articles' time. `opened`: first day of its organisations' books."""

    key: str
    name: str
    opened: dt.date
    commune: PlaceKind
    hamlet: PlaceKind
    town_hamlet: PlaceKind
    districts: tuple[District, ...]


class DistrictWord(Declared, frozen=True, kw_only=True):
    """How a district is called in full, and inside the name of a body (Huyện đoàn, Thị đoàn)."""

    full: str
    short: str


class Kind(Declared, frozen=True, kw_only=True):
    """How the bodies of a kind of organisation are called; `{place}`, `{name}` and `{short}` are filled in."""

    province: str
    district: str
    commune: str
    hamlet: str
    hamlet_unit: str = "branch"
    head: str = "head"
    body: str = "organisation"


class Organisation(Declared, frozen=True, kw_only=True):
    """One poster: `province/kind`, and how deep its line goes in each district (`*`: in all of its province)."""

    key: str
    reach: dict[str, Reach]

    @property
    def province(self) -> str:
        """The key of its province."""
        return self.key.partition("/")[0]

    @property
    def kind(self) -> str:
        """Its kind, as in `[kind.…]` and as in the contract."""
        return self.key.partition("/")[2]


class Mandate(Declared, frozen=True, kw_only=True):
    """The right of an organisation to name units of a place outside its own line."""

    grantee: str
    acts: tuple[str, ...]
    place: str
    since: dt.date = msgspec.field(name="from")


class Ask(Declared, frozen=True, kw_only=True):
    """A question to the figures API. `unit` is `place:<path>` or `unit:<organisation>/<path>`."""

    figure: str = ""
    unit: str = ""
    start: dt.date | None = None
    end: dt.date | None = None
    on: dt.date | None = None
    by: tuple[str, ...] = ()
    threshold: int | None = None
    where: Wanted = {}

    def inside(self, outer: Ask) -> Ask:
        """The question, with what it leaves open taken from `outer`; a threshold belongs to one figure only."""
        timed = self.on is not None or self.start is not None
        time = self if timed else outer
        return Ask(
            figure=self.figure or outer.figure,
            unit=self.unit or outer.unit,
            start=time.start,
            end=time.end,
            on=time.on,
            by=self.by or outer.by,
            threshold=self.threshold,
            where=self.where or outer.where,
        )


class Part(Ask, frozen=True, kw_only=True):
    """One number of a line: the published `value` and its base `of`, or the published rate `percent`."""

    label: Words
    value: int | None = None
    of: int | None = None
    percent: str | None = None
    """As printed, with its decimals: `73` or `65,7`."""
    rate: bool = False
    """Shown as a rate although nothing is compared."""
    base: Ask | None = None
    """The question whose denominator is the base, where the figure itself has none."""


class Row(Declared, frozen=True, kw_only=True):
    """One line of the demo's table."""

    id: str
    article: str
    figure: Words
    words: Words
    comparator: Comparator
    subject: Words
    rater: Words
    period: Words
    scope: Words
    basis: tuple[Basis, ...]
    """Printed; derived from print; assumed where anything of the line is our reading."""
    care: Words | None = None
    ask: Ask
    part: tuple[Part, ...] = ()
    beside: tuple[Part, ...] = ()


class Calibration(Declared, frozen=True, kw_only=True):
    """The whole file."""

    seed: int
    territory_since: dt.date
    banner: Words
    article: dict[str, Article]
    province: tuple[Province, ...]
    district_word: dict[str, DistrictWord]
    kind: dict[str, Kind]
    organisation: tuple[Organisation, ...]
    mandate: tuple[Mandate, ...]
    scale: dict[str, tuple[str, ...]]
    shape: dict[str, dict[str, Any]]
    """Sizes of each article's history; the history that reads them says what they mean."""
    volume: dict[str, int]
    """Posted facts by service, for the progress bars."""
    row: tuple[Row, ...]


def load(file: Path = FILE) -> Calibration:
    """Read the declared file; ValueError names the first line of it that is not understood."""
    return msgspec.toml.decode(file.read_bytes(), type=Calibration)
