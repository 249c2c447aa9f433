"""What does membership publish? Organisations, territory, units, access, the life of a member, and a branch's book."""

from __future__ import annotations

from shared.contracts.corrections import corrections_of
from shared.contracts.membership.access import (
    Act,
    CredentialIssued,
    CredentialRevoked,
    MandateGranted,
    MandateWithdrawn,
    Role,
)
from shared.contracts.membership.branches import (
    BenefitGranted,
    BranchEquipped,
    BranchHeadLeftOffice,
    BranchHeadTookOffice,
    CommendationAwarded,
    PeopleCounted,
    Recipient,
    TargetSet,
)
from shared.contracts.membership.members import (
    MemberAdmittedToParty,
    MemberDied,
    MemberEntered,
    MemberExpelled,
    MemberJoined,
    MemberMatured,
    MemberReferredToParty,
    MemberResigned,
    MemberStruckOff,
    TransferIntroduced,
    TransferReceived,
)
from shared.contracts.membership.units import (
    Body,
    Level,
    OrganisationRegistered,
    Side,
    TerritoryDeclared,
    UnitDissolved,
    UnitFounded,
    UnitMerged,
    UnitMoved,
    UnitRenamed,
    UnitSplit,
)

MembershipFactCorrected, MembershipFactVoided = corrections_of("membership")

__all__ = [
    "Act",
    "BenefitGranted",
    "Body",
    "BranchEquipped",
    "BranchHeadLeftOffice",
    "BranchHeadTookOffice",
    "CommendationAwarded",
    "CredentialIssued",
    "CredentialRevoked",
    "Level",
    "MandateGranted",
    "MandateWithdrawn",
    "MemberAdmittedToParty",
    "MemberDied",
    "MemberEntered",
    "MemberExpelled",
    "MemberJoined",
    "MemberMatured",
    "MemberReferredToParty",
    "MemberResigned",
    "MemberStruckOff",
    "MembershipFactCorrected",
    "MembershipFactVoided",
    "OrganisationRegistered",
    "PeopleCounted",
    "Recipient",
    "Role",
    "Side",
    "TargetSet",
    "TerritoryDeclared",
    "TransferIntroduced",
    "TransferReceived",
    "UnitDissolved",
    "UnitFounded",
    "UnitMerged",
    "UnitMoved",
    "UnitRenamed",
    "UnitSplit",
]
