"""Which ids may be one person, and how many persons stand in the books of several organisations?"""

from __future__ import annotations

from uuid import UUID

from services.membership.domain.alike import Described, candidates, overlap

A, B, C, HERE, THERE = (UUID(int=number) for number in range(1, 6))


def described(person: UUID, born: int | None = 1990, name: str = "nguyen thi lan", unit: UUID = HERE) -> Described:
    return Described(person, name, born, unit)


def test_ids_alike_in_name_year_and_unit_are_looked_at_once() -> None:
    assert candidates([described(B), described(A), described(A)]) == [(A, B)]
    assert candidates([described(A), described(B), described(C)]) == [(A, B), (A, C), (B, C)]


def test_another_year_name_or_unit_is_another_person_and_an_unknown_year_may_be_any() -> None:
    for other in (described(B, born=1991), described(B, name="nguyen thi la"), described(B, unit=THERE)):
        assert candidates([described(A), other]) == []
    assert candidates([described(A), described(B, born=None)]) == [(A, B)]


def test_an_id_is_never_alike_with_itself() -> None:
    assert candidates([described(A), described(A, born=None)]) == []


def test_overlap_is_a_count_by_organisations_and_nothing_more() -> None:
    marks = [(b"1", A), (b"1", B), (b"1", A), (b"2", A), (b"2", B), (b"3", A), (b"4", A), (b"4", B), (b"4", C)]
    assert overlap(marks) == {frozenset({A, B}): 2, frozenset({A, B, C}): 1}
    assert overlap([]) == {}
