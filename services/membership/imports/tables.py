"""In which tables is kept what is kept of imports?"""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, LargeBinary, MetaData, Table, Text, Uuid

from shared.personal.wiping import leave_no_samples


class ImportTables:
    """The jobs, their sealed files, and by what an import knew whom."""

    def __init__(self) -> None:
        self.metadata = metadata = MetaData()
        self.job = Table(
            "import_job",
            metadata,
            Column("id", Uuid, primary_key=True),
            Column("organisation", Uuid, nullable=False, index=True),
            Column("credential", Uuid, nullable=False),
            Column("role", Text, nullable=False),
            Column("roots", Text, nullable=False),
            Column("kind", Text, nullable=False),
            Column("day", Date, nullable=False),
            Column("unit", Uuid),
            Column("dry_run", Boolean, nullable=False),
            Column("state", Text, nullable=False, index=True),
            Column("created", BigInteger, nullable=False),
            Column("told", Text, nullable=False),
        )
        self.blob = Table(
            "import_blob",
            metadata,
            Column("import_id", Uuid, primary_key=True),
            Column("name", Text, primary_key=True),
            Column("sealed", LargeBinary, nullable=False),
            Column("since", BigInteger, nullable=False),
        )
        self.mark = Table(
            "import_mark",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("mark", LargeBinary, primary_key=True),
            Column("person", Uuid, primary_key=True),
        )
        self.person = Table(
            "import_person",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("person", Uuid, primary_key=True),
            Column("details", LargeBinary, nullable=False),
            Column("import_id", Uuid, nullable=False),
        )
        self.met = Table(
            "import_met",
            metadata,
            Column("organisation", Uuid, primary_key=True),
            Column("person", Uuid, primary_key=True),
            Column("import_id", Uuid, primary_key=True),
        )
        for table, column in ((self.mark, "mark"), (self.person, "details"), (self.blob, "sealed")):
            leave_no_samples(table, column)
