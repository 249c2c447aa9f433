"""Are the facts found that cite a directive, in the book of every service?"""

from __future__ import annotations

import datetime as dt

from shared.contracts.membership.records import directive_id
from tests.system.lines import Line, meeting, says

NUMBER, ISSUER, ISSUED = "96-KL/TU", "Tỉnh ủy Đồng Tháp", "2018-02-08"
PAPER = {"number": NUMBER, "issuer": ISSUER, "issued": ISSUED, "title": "Kết luận về sinh hoạt chi hội"}


def test_facts_that_cite_a_directive_are_found_by_it(line: Line) -> None:
    subject = str(directive_id(NUMBER, ISSUER, dt.date.fromisoformat(ISSUED)))
    line.post("membership", says("membership.directive-issued", subject, PAPER, ISSUED)).raise_for_status()
    cited = {**meeting(line.branches[0]), "docnumber": NUMBER, "docissuer": ISSUER, "docdate": ISSUED}
    line.post("meetings", cited, meeting(line.branches[0])).raise_for_status()
    line.has_in_its_views("membership")
    line.has_in_its_views("meetings")
    client = line.deployment.client(line.key)
    (entry,) = client.get(line.deployment.url("membership", "/v1/directives")).json()["directives"]
    (address,) = entry["cited_in"]
    found = client.get(line.deployment.url("meetings", address)).json()["events"]
    assert [each["event"] for each in found] == [cited["id"]]
