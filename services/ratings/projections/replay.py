"""What of ratings can be replayed? Its views over all that is ever said, its figures, its reports, its proposals."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from services.ratings.domain.course import COURSE_FACTS, SCORE_FACTS
from services.ratings.projections import FIGURES, PROJECTIONS
from services.ratings.projections.beside import put_beside, told
from services.ratings.projections.proposals import proposals
from shared.contracts import meetings, membership, ratings
from shared.contracts.event import Event, registered
from shared.contracts.ratings import RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed, RuleSetAdopted
from shared.eventsourcing.runner import Runner
from shared.eventsourcing.views import Declaration
from shared.history.figures import Figure, Question, Relations, Row, answer
from shared.history.replay.report import Asked, Replayed, Report
from shared.units.knowledge import KNOWLEDGE_FACTS

SAID_BY: Final = frozenset(module.__name__.rpartition(".")[2] for module in (membership, meetings, ratings))
RULE_FACTS: Final[frozenset[type[Event]]] = frozenset(
    {RuleSetAdopted, RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed}
)
"""What rules look at in streams that are not a rated unit's."""
VERSION: Final = "0.1.0"

REPORTS: Final[Mapping[str, Report]] = {
    "organisation": Report(
        "Tổ chức: đoàn viên, hội viên, kết nạp, giới thiệu và kết nạp Đảng.",
        "The organisation: members, admissions, referrals and admissions to the Party.",
        ("members", "persons", "admissions", "recruiting-rate", "gathering-rate", "referrals", "party-admissions"),
    ),
    "meetings": Report(
        "Nền nếp sinh hoạt: buổi đã tổ chức, kỳ có sinh hoạt, chuyên cần, dự sinh hoạt.",
        "The habit of meeting: meetings held, periods met, attendance, visits.",
        (
            *("meetings-held", "meetings-met", "attendance", "attending-regularly"),
            *("visits", "sittings-visited", "cadres-below-duty"),
        ),
    ),
    "models": Report(
        "Mô hình ở cộng đồng và địa bàn chưa có.",
        "Models of the community, and the places without.",
        ("models-established", "models-running", "hamlets-without-model", "hamlets-without-branch"),
    ),
    "ratings": Report(
        "Xếp loại: kết quả đã quyết định, đã đề xuất, và đề xuất tính theo bộ tiêu chí đang có hiệu lực.",
        "Ratings: decided, proposed, and as the rules in force would propose.",
        ("grades", "grades-proposed"),
        proposals=True,
    ),
}


def reported(runner: Runner, asked: Asked) -> Iterator[Mapping[str, Any]]:
    """What others reported of the asked figures, each beside what is counted."""

    def counted(figure: Figure, question: Question) -> Sequence[Row]:
        with runner.generation.store.read() as connection:
            relations = Relations(runner.facts, runner.generation.metadata.tables, question)
            return answer(connection, figure, relations)

    for name in asked.figures:
        for each, since in put_beside(runner, counted, FIGURES[name], asked.question(FIGURES[name])):
            yield {"figure": name, **told(each, since)}


REPLAYED: Final = Replayed(
    Declaration(
        "ratings",
        frozenset(cls for cls in registered().values() if cls.service in SAID_BY),
        PROJECTIONS,
        KNOWLEDGE_FACTS | COURSE_FACTS | SCORE_FACTS | RULE_FACTS,
    ),
    VERSION,
    FIGURES,
    REPORTS,
    proposals,
    reported,
)
