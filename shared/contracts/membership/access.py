"""Who may post and read? Credentials, and the mandates under which a body acts outside its own line."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from shared.contracts.event import Event, event
from shared.contracts.fields import (
    Code,
    Day,
    Hex32,
    OrganisationId,
    ScopeId,
)


class Role(StrEnum):
    """What a credential may do."""

    OPERATOR = "operator"
    """Registers organisations, issues and revokes credentials, grants mandates (quản trị)."""
    RECORDER = "recorder"
    """Posts facts for its organisation, and reads (người ghi sổ)."""
    DECIDER = "decider"
    """Posts decisions on what others recorded, and reads (người quyết định)."""
    READER = "reader"
    """Reads within its scope (người xem)."""
    AUDITOR = "auditor"
    """Reads its organisation's whole log, posts nothing (kiểm tra, giám sát)."""
    TERRITORIAL_READER = "territorial-reader"
    """Reads counts and ratings of all organisations in its territory, nothing of a person (người xem theo địa bàn)."""


@event("vn.nennep.membership.credential-issued.v1", aggregate="credential", effect="valid_from", correctable=False)
class CredentialIssued(Event):
    """A key may be used for an organisation, within subtrees, between two days (cấp khóa truy cập). Subject: its id.

    Posted by the operator.
    """

    organisation: OrganisationId
    role: Role
    roots: Annotated[tuple[ScopeId, ...], Field(max_length=50)] = ()
    """Subtrees in which the holder may post; none: the organisation's whole line."""
    key_hash: Hex32
    """HMAC-SHA256 of the secret under the deployment's pepper; useless as a key."""
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the key no longer counts; none: without end."""


@event("vn.nennep.membership.identity-admitted.v1", aggregate="credential", effect="valid_from", correctable=False)
class IdentityAdmitted(Event):
    """A person may sign on for an organisation, within subtrees, between two days (cho phép đăng nhập).

    Subject: the credential's id, under which the person acts; ended by `credential-revoked`. Posted by the operator.
    """

    organisation: OrganisationId
    role: Role
    roots: Annotated[tuple[ScopeId, ...], Field(max_length=50)] = ()
    """Subtrees in which the person may post and read; none: the organisation's whole line."""
    identity_hash: Hex32
    """HMAC-SHA256, under the deployment's pepper, of the issuer and of the person's subject there; it names nobody."""
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the person may no longer sign on; none: without end."""


@event("vn.nennep.membership.credential-revoked.v1", aggregate="credential", correctable=False)
class CredentialRevoked(Event):
    """The key is refused from the moment a service knows of this (thu hồi khóa truy cập). Subject: its id.

    Posted by the operator.
    """


class Act(StrEnum):
    """What a mandate allows outside one's own line."""

    RATE = "rate"
    """Propose and decide grades (xếp loại)."""
    VISIT = "visit"
    """Assign cadres and record their visits (dự sinh hoạt)."""
    COMMEND = "commend"
    """Award commendations (khen thưởng)."""
    REGISTER = "register"
    """Register community models (ghi sổ mô hình)."""


@event("vn.nennep.membership.mandate-granted.v1", aggregate="mandate", effect="valid_from", correctable=False)
class MandateGranted(Event):
    """The grantee may name the units of a subtree for these acts (ủy quyền). Subject: the mandate's id.

    Posted by the subtree's owner or the operator.
    """

    grantee: OrganisationId
    acts: Annotated[tuple[Act, ...], Field(min_length=1, max_length=4)]
    subtree: ScopeId
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the mandate no longer counts; none: until withdrawn."""


@event("vn.nennep.membership.mandate-withdrawn.v1", aggregate="mandate", effect="effective", correctable=False)
class MandateWithdrawn(Event):
    """The mandate ends before that day (thu hồi ủy quyền). Subject: the mandate's id."""

    effective: Day


@event("vn.nennep.membership.reader-granted.v1", aggregate="reader", effect="valid_from", correctable=False)
class ReaderGranted(Event):
    """A service that records nothing may hear what these services recorded (cấp quyền đọc). Subject: the grant's id.

    Posted by the operator. Whoever hears nothing else hears which units, organisations, keys and grants there are.
    """

    reader: Code
    """The name of the service that reads."""
    producers: Annotated[tuple[Code, ...], Field(min_length=1, max_length=50)]
    """The services whose facts it may hear."""
    organisations: Annotated[tuple[OrganisationId, ...], Field(max_length=1000)] = ()
    """Whose facts; none: everybody's, also of those that join later."""
    sensitive: bool = False
    """Also facts on discipline, Party referral and admission of persons (kỷ luật, giới thiệu và kết nạp Đảng).

    What is encrypted under a person's key stays closed to every reader.
    """
    valid_from: Day
    valid_to: Day | None = None
    """The first day on which the grant no longer counts; none: until revoked."""


@event("vn.nennep.membership.reader-revoked.v1", aggregate="reader", correctable=False)
class ReaderRevoked(Event):
    """The service may hear no more, and answers nothing of what it heard (thu hồi quyền đọc). Subject: the grant's id.

    Posted by the operator.
    """
