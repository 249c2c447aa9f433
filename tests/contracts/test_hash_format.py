"""Is the hash what `docs/formats/hash.md` says? The vectors, and a second implementation written from that page."""

from __future__ import annotations

import ast
import hashlib
import sys
from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from hypothesis import given

from shared.contracts.cloudevent import CloudEvent, from_cloudevent, to_cloudevent
from shared.contracts.envelope import Envelope, Recorded, genesis
from tests.contracts import verifier
from tests.contracts.any_event import envelopes
from tests.contracts.golden import POSTER, Sample, every_sample
from tests.contracts.hash_vectors import EVENTS, GENESES, every_vector, vector
from tests.contracts.verifier import Line, Wrong, verify

PAGE = Path(__file__).parents[2] / "docs" / "formats" / "hash.md"


@every_vector
def test_the_product_computes_the_vectors(vector: dict[str, str]) -> None:
    recorded = from_cloudevent(vector["event"].encode())
    assert recorded.envelope.content.digest().hex() == vector["content_digest"]
    assert recorded.envelope.hash().hex() == vector["hash"] == recorded.hash.hex()
    assert to_cloudevent(recorded).decode() == vector["event"]


@every_vector
def test_a_stranger_computes_the_vectors(vector: dict[str, str]) -> None:
    line = Line(vector["event"])
    line.check()
    assert line.content().hex() == vector["content"]
    assert hashlib.sha256(bytes.fromhex(vector["content"])).hexdigest() == vector["content_digest"]
    assert line.event().hex() == vector["hashed"]
    assert hashlib.sha256(bytes.fromhex(vector["hashed"])).hexdigest() == vector["hash"]


@pytest.mark.parametrize("vector", GENESES)
def test_both_compute_the_first_previous_hash(vector: dict[str, str]) -> None:
    assert genesis(vector["service"], UUID(vector["organisation"])).hex() == vector["hash"]
    assert verifier.genesis(vector["service"], vector["organisation"]).hex() == vector["hash"]


def test_the_vectors_are_all_different() -> None:
    hashes = [each["hash"] for each in (*EVENTS, *GENESES)]
    assert len(set(hashes)) == len(hashes)


def test_the_vectors_show_every_attribute() -> None:
    assert set(Line(vector("all-attributes")["event"]).attributes) | {"data"} == set(CloudEvent.__struct_fields__)
    optional = {f.name for f in msgspec.structs.fields(CloudEvent) if f.default is None} - {"datacontenttype"}
    assert not optional & set(Line(vector("minimal")["event"]).attributes)


def test_a_chain_leads_to_its_head() -> None:
    chain = [vector(name)["event"] for name in ("minimal", "second-of-chain", "third-of-chain")]
    organisation = Line(chain[0]).attributes["organisation"]
    assert verify(chain, "membership", organisation) == (3, vector("third-of-chain")["hash"])
    for spoilt in (chain[1:], chain[::2], [chain[0], chain[0], *chain[1:]], [chain[1], chain[0], chain[2]]):
        with pytest.raises(Wrong):
            verify(spoilt, "membership", organisation)


def test_the_page_shows_the_vector_that_it_names() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert all(vector("minimal")[part] in page for part in ("event", "content_digest", "hash"))


def test_the_page_names_every_attribute() -> None:
    page = PAGE.read_text(encoding="utf-8")
    assert [name for name in CloudEvent.__struct_fields__ if f"`{name}`" not in page and f"`{name}." not in page] == []


def test_the_verifier_has_nothing_of_ours() -> None:
    tree = ast.parse(Path(verifier.__file__).read_text(encoding="utf-8"))
    froms = {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    imports = {name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names}
    assert {name.split(".")[0] for name in froms | imports} <= sys.stdlib_module_names


@given(envelopes)
def test_product_and_stranger_agree_on_any_event(envelope: Envelope) -> None:
    recorded = Recorded(envelope, envelope.hash())
    text = to_cloudevent(recorded)
    line = Line(text.decode())
    line.check()
    assert line.fact == envelope.content.fact
    assert verifier.sha(line.content()) == envelope.content.digest()
    assert from_cloudevent(text) == recorded


@every_sample
def test_product_and_stranger_agree_on_the_samples(sample: Sample) -> None:
    assert verify([to_cloudevent(sample.recorded()).decode()], sample.contract.service, str(POSTER))[0] == 1
