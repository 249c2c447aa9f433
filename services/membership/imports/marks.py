"""By what does an import know somebody again? By keyed hashes of names and outside keys: nothing to read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from services.membership.imports.tables import ImportTables
from shared.eventsourcing.chunks import chunks
from shared.eventsourcing.store import Store
from shared.personal.wiping import Wiping
from shared.web.access import Pepper


class Marks:
    """Whom the imports of one deployment have met."""

    def __init__(self, store: Store, tables: ImportTables, wiping: Wiping, pepper: Pepper) -> None:
        self._store, self._wiping, self._pepper = store, wiping, pepper
        self._mark, self._person, self._met, self._blob = tables.mark, tables.person, tables.met, tables.blob

    def hashed(self, organisation: UUID, *words: str) -> bytes:
        """A keyed hash of what tells somebody: useless without the pepper, and in another organisation."""
        return self._pepper.hash(b"nennep import mark\0" + organisation.bytes + "\0".join(words).encode())

    def known(self, organisation: UUID, marks: Iterable[bytes]) -> dict[bytes, set[UUID]]:
        """The persons who bear these marks."""
        found: dict[bytes, set[UUID]] = {}
        query = select(self._mark.c.mark, self._mark.c.person).where(
            self._mark.c.organisation == organisation,
            self._mark.c.mark.in_(bindparam("marks", expanding=True)),
        )
        wanted = sorted(set(marks))
        with self._store.read() as connection:
            for chunk in chunks(wanted):
                for mark, person in connection.execute(query, {"marks": chunk}):
                    found.setdefault(bytes(mark), set()).add(person)
        return found

    def details(self, organisation: UUID, persons: Iterable[UUID]) -> dict[UUID, bytes]:
        """The hash of what was last imported of each person."""
        found: dict[UUID, bytes] = {}
        query = select(self._person.c.person, self._person.c.details).where(
            self._person.c.organisation == organisation,
            self._person.c.person.in_(bindparam("persons", expanding=True)),
        )
        wanted = sorted(set(persons))
        with self._store.read() as connection:
            for chunk in chunks(wanted):
                rows = connection.execute(query, {"persons": chunk})
                found |= {row.person: bytes(row.details) for row in rows}
        return found

    def remember(self, organisation: UUID, id: UUID, met: Iterable[tuple[UUID, Iterable[bytes], bytes]]) -> None:
        """Know these persons of an import again: each with the marks and the hash of the details that were posted."""
        met = [(person, tuple(marks), details) for person, marks, details in met]
        if not met:
            return
        persons = [person for person, _, _ in met]
        rows = {(mark, person) for person, marks, _ in met for mark in marks}
        with self._store.write() as connection:
            for some in chunks(persons):
                self._unmark(connection, organisation, some)
                again = delete(self._met).where(self._met.c.import_id == id, self._met.c.person.in_(some))
                connection.execute(again)
            connection.execute(
                insert(self._met),
                [{"organisation": organisation, "person": person, "import_id": id} for person in persons],
            )
            connection.execute(
                insert(self._mark),
                [{"organisation": organisation, "mark": mark, "person": person} for mark, person in sorted(rows)],
            )
            connection.execute(
                insert(self._person),
                [
                    {"organisation": organisation, "person": person, "details": details, "import_id": id}
                    for person, _, details in met
                ],
            )

    def forget_marks(self, organisation: UUID, persons: Sequence[UUID]) -> None:
        """Know these persons no more by what an import said of them: it was taken back."""
        with self._store.write() as connection:
            for some in chunks(persons):
                self._unmark(connection, organisation, some)

    def forget_details(self, organisation: UUID, persons: Sequence[UUID]) -> None:
        """What was last said of these persons was taken back: whatever a list says next is something else."""
        table = self._person
        with self._store.write() as connection:
            for some in chunks(persons):
                theirs = update(table).where(table.c.organisation == organisation, table.c.person.in_(some))
                connection.execute(theirs.values(details=b""))

    def forget(self, organisation: UUID | None, persons: Sequence[UUID]) -> None:
        """Know these persons no more, and drop every file that is kept of imports in which they stood."""
        with self._store.write() as connection:
            for some in chunks(persons):
                theirs = select(self._met.c.import_id).where(self._met.c.person.in_(some))
                if organisation is not None:
                    theirs = theirs.where(self._met.c.organisation == organisation)
                files = delete(self._blob).where(self._blob.c.name != "trace", self._blob.c.import_id.in_(theirs))
                connection.execute(files)
                self._unmark(connection, organisation, some)
        self._wiping.add()

    def _unmark(self, connection: Connection, organisation: UUID | None, persons: Sequence[UUID]) -> None:
        for table in (self._mark, self._person):
            gone = delete(table).where(table.c.person.in_(persons))
            connection.execute(gone if organisation is None else gone.where(table.c.organisation == organisation))
