"""What happened in Lâm Bình, Tuyên Quang (article 003)? Self-managed models in eight fields; some stopped."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, partial
from random import Random

import msgspec

from shared.contracts.meetings import CommunityModelDiscontinued, CommunityModelLaunched
from shared.operations.demo.calibration import Declared, Organisation
from shared.operations.demo.posting import SETUP, Posting, units_of
from shared.operations.demo.scribe import Posted, Scribe, day_between
from shared.operations.demo.world import Place, World

PROVINCE, PLACE = "tuyen-quang", "tuyen-quang/lam-binh"
TITLES = {
    "environment": "Tổ tự quản vệ sinh môi trường",
    "culture": "Tổ tự quản nếp sống văn minh trong việc cưới, việc tang",
    "economy": "Tổ liên kết phát triển kinh tế",
    "social-evils": "Tổ nói không với tệ nạn xã hội, cờ bạc",
    "order": "Tổ tự quản an ninh trật tự, an toàn giao thông",
    "violence": "Tổ phòng, chống bạo lực gia đình",
    "child-marriage": "Tổ nói không với tảo hôn",
    "family": "Tổ vận động xây dựng gia đình hạnh phúc",
}


class Shape(Declared, frozen=True, kw_only=True):
    """The sizes of this history."""

    models: int
    fields: list[str]
    first_day: dt.date
    last_day: dt.date
    later_models: int
    discontinued: int
    bare_hamlets: int
    mobilisation_hamlets: int
    voided_models: int


@dataclass(frozen=True, slots=True)
class Model:
    """One model as it will be launched."""

    number: int
    field: str
    hamlets: tuple[Place, ...]
    day: dt.date
    mobilisation: bool


class LamBinh:
    """The history of one district of self-managed models."""

    def __init__(self, world: World) -> None:
        self.world, self.ids = world, world.ids
        self.shape = msgspec.convert(world.calibration.shape["lam-binh"], Shape)
        self.organisations = world.organisations(PROVINCE)

    def postings(self) -> list[Posting]:
        """Each organisation registers the models that it is in charge of."""
        return [
            Posting(o.key, "meetings", "lam-binh", partial(self._models, o), after=(SETUP, units_of(o.key)))
            for o in self.organisations
        ]

    @cached_property
    def _plan(self) -> list[Model]:
        shape, chance = self.shape, self.ids.chance("lam-binh/models")
        hamlets = self.world.under(PLACE, 3)
        chance.shuffle(hamlets)
        busy = hamlets[shape.bare_hamlets :]
        return [self._model(number, busy, chance) for number in range(shape.models + shape.later_models)]

    def _model(self, number: int, busy: list[Place], chance: Random) -> Model:
        """Round by round through the hamlets; some models of the second round span two hamlets of one commune."""
        shape = self.shape
        home = busy[number % len(busy)]
        hamlets: tuple[Place, ...] = (home,)
        if number // len(busy) == 1 and number % 6 == 0:
            hamlets += tuple(place for place in busy if place is not home and place.above == home.above)[:1]
        later = number >= shape.models
        day = dt.date(2020, 9, 1 + number % 20) if later else day_between(chance, shape.first_day, shape.last_day)
        return Model(
            number=number,
            field=shape.fields[(number + number // len(busy)) % len(shape.fields)],
            hamlets=hamlets,
            day=day,
            mobilisation=number < shape.mobilisation_hamlets,
        )

    def _models(self, organisation: Organisation) -> Iterator[Posted]:
        scribe = Scribe(self.ids, organisation.key)
        index = self.organisations.index(organisation)
        launched = []
        for model in self._plan:
            if model.number % len(self.organisations) == index:
                event = self._launched(scribe, model, index)
                launched.append((model, event))
                yield event
        for number in range(index, self.shape.voided_models, len(self.organisations)):
            model = self._plan[number]
            event = self._launched(scribe, model, index, double=True)
            yield event
            yield scribe.voids(event, event, "posted-twice")
        yield from self._discontinued(scribe, index)

    def _discontinued(self, scribe: Scribe, index: int) -> Iterator[Posted]:
        """The last models of the article's time stop; they stay among those established."""
        count = len(self.organisations)
        for model in self._plan[self.shape.models - self.shape.discontinued : self.shape.models]:
            if model.number % count == index:
                day = dt.date(2020, 6, 21 + model.number % 8)
                subject = self.ids(f"model:lam-binh/{model.number}")
                yield scribe.says(CommunityModelDiscontinued, subject, day, {"cause": "no-longer-suitable"})

    def _launched(self, scribe: Scribe, model: Model, index: int, *, double: bool = False) -> Posted:
        others = self.organisations[(index + 1) % len(self.organisations)]
        together = [scribe.id, self.ids(f"organisation:{others.key}")] if model.number % 9 == 0 else [scribe.id]
        fact = {
            "title": f"{TITLES[model.field]} {model.hamlets[0].title}",
            "type": "self-managed",
            "field": model.field,
            "place": self.ids(f"place:{model.hamlets[0].above}"),
            "hamlets": [self.ids(f"place:{hamlet.path}") for hamlet in model.hamlets],
            "in_charge": together,
            "skilful_mobilisation": model.mobilisation,
        }
        subject = self.ids(f"model:lam-binh/{model.number}{'/double' if double else ''}")
        return scribe.says(CommunityModelLaunched, subject, model.day, fact)
