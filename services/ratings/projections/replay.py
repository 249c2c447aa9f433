"""What of ratings can be replayed? Its views over all that is ever said, its figures, its reports, its proposals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from services.ratings.domain.course import COURSE_FACTS
from services.ratings.projections import FIGURES, PROJECTIONS
from services.ratings.projections.proposals import proposals
from shared.contracts import meetings, membership, ratings
from shared.contracts.event import registered
from shared.contracts.ratings import RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed, RuleSetAdopted
from shared.eventsourcing.views import Declaration
from shared.history.replay.report import Replayed, Report
from shared.units.knowledge import KNOWLEDGE_FACTS

SAID_BY: Final = frozenset(module.__name__.rpartition(".")[2] for module in (membership, meetings, ratings))
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

REPLAYED: Final = Replayed(
    Declaration(
        "ratings",
        frozenset(cls for cls in registered().values() if cls.service in SAID_BY),
        PROJECTIONS,
        KNOWLEDGE_FACTS | COURSE_FACTS | {RuleSetAdopted, RatingAuthoritySet, RatingPeriodOpened, RatingPoolClosed},
    ),
    VERSION,
    FIGURES,
    REPORTS,
    proposals,
)
