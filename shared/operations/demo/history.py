"""What do the posters of four provinces post? Every posting of the demo; read again, it is the same."""

from __future__ import annotations

import hashlib
from dataclasses import replace

from shared.operations.demo import setup
from shared.operations.demo.binh_thuan import BinhThuan
from shared.operations.demo.calibration import Calibration
from shared.operations.demo.chau_thanh import ChauThanh
from shared.operations.demo.lam_binh import LamBinh
from shared.operations.demo.posting import SETUP, Posting
from shared.operations.demo.scribe import encode
from shared.operations.demo.thanh_binh import ThanhBinh
from shared.operations.demo.tra_vinh import TraVinh
from shared.operations.demo.world import World


def history(calibration: Calibration) -> list[Posting]:
    """All postings. Those of one poster to one service follow each other in this order."""
    world = World(calibration)
    articles = (ChauThanh(world), ThanhBinh(world), TraVinh(world), LamBinh(world), BinhThuan(world))
    told = [posting for article in articles for posting in article.postings()]
    return [*setup.postings(world), *map(_after_setup, told)]


def _after_setup(posting: Posting) -> Posting:
    """Whatever another service judges, it must have seen the places, organisations and mandates."""
    return replace(posting, after=tuple(dict.fromkeys((SETUP, *posting.after))))


def digest(postings: list[Posting]) -> str:
    """SHA-256 over every posted fact in order: two histories with one digest are the same."""
    hashed = hashlib.sha256()
    for posting in postings:
        hashed.update(posting.name.encode())
        for event in posting.events():
            hashed.update(encode(event))
    return hashed.hexdigest()
