"""What happened in Bình Thuận (article 004)? A year of the Youth Union: admissions, Party, heads, cards, ratings."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from functools import cached_property, partial
from itertools import chain

import msgspec

from shared.contracts.event import Event
from shared.contracts.meetings import ParticipationCounted
from shared.contracts.membership import (
    BenefitGranted,
    BranchEquipped,
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    MemberDied,
    MemberExpelled,
    MemberMatured,
    MemberResigned,
    MemberStruckOff,
    PeopleCounted,
    TransferIntroduced,
    TransferReceived,
    UnitFounded,
)
from shared.contracts.ratings import FigureReported
from shared.operations.demo.calibration import Declared
from shared.operations.demo.grading import Rating, decided, slips
from shared.operations.demo.ids import ranks, shares
from shared.operations.demo.members import entered, joined, to_party
from shared.operations.demo.posting import SETUP, Posting, units_of
from shared.operations.demo.scribe import Posted, Scribe, day_between, year_of
from shared.operations.demo.world import Unit, World
