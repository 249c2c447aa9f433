"""Does the table ask the right question, and add up the right rows of the answer?"""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator, Mapping
from http.server import BaseHTTPRequestHandler, HTTPServer

import httpx
import msgspec
import pytest

from shared.operations.demo.calibration import Ask, Calibration, Part, Row, Words
from shared.operations.demo.ids import Ids
from shared.operations.demo.table import AnswerRow, FigureNotAnswered, FiguresOverHttp, Line, compare

WORD = Words(vi="lời", en="word")
YEAR = (dt.date(2022, 1, 1), dt.date(2023, 1, 1))
GRADES = [
    AnswerRow({"level": "branch", "scale": "completion", "rank": "1"}, 104, 695),
    AnswerRow({"level": "branch", "scale": "completion", "rank": "2"}, 520, 695),
    AnswerRow({"level": "branch", "scale": "completion", "rank": "3"}, 71, 695),
    AnswerRow({"level": "base-unit", "scale": "completion", "rank": "1"}, 5, 9),
]


class Prepared:
    """Answers by figure; remembers what was asked."""

    def __init__(self, **answers: list[AnswerRow]) -> None:
        """`_` in a name stands for `-`."""
        self.answers = {name.replace("_", "-"): rows for name, rows in answers.items()}
        self.asked: list[tuple[str, Mapping[str, str]]] = []

    async def ask(self, figure: str, parameters: Mapping[str, str]) -> list[AnswerRow]:
        """The prepared rows."""
        self.asked.append((figure, parameters))
        return self.answers[figure]


async def line(calibration: Calibration, figures: Prepared, ask: Ask, *parts: Part) -> Line:
    """The one line of a table of one row."""
    row = Row(
        id="row",
        article="004",
        figure=WORD,
        words=WORD,
        comparator="=",
        subject=WORD,
        rater=WORD,
        period=WORD,
        scope=WORD,
        basis=("printed",),
        ask=ask,
        part=parts,
    )
    return (await compare(msgspec.structs.replace(calibration, row=(row,)), figures)).lines[0]


async def test_units_and_places_are_asked_by_the_ids_of_the_seed(calibration: Calibration) -> None:
    figures = Prepared(visits=[AnswerRow({}, 3)])
    ask = Ask(figure="visits", unit="place:tra-vinh", start=YEAR[0], end=YEAR[1], by=("tier", "month"))
    await line(calibration, figures, ask, Part(label=WORD, value=3))
    wanted = {
        "unit": Ids(calibration.seed)("place:tra-vinh"),
        "start": "2022-01-01",
        "end": "2023-01-01",
        "by": "tier,month",
    }
    assert figures.asked == [("visits", wanted)]


async def test_a_part_says_what_differs_from_its_line_and_a_day_replaces_the_period(calibration: Calibration) -> None:
    figures = Prepared(members=[AnswerRow({}, 3)])
    ask = Ask(figure="visits", unit="place:tra-vinh", start=YEAR[0], end=YEAR[1])
    await line(calibration, figures, ask, Part(label=WORD, figure="members", on=YEAR[0], threshold=75))
    figure, parameters = figures.asked[0]
    assert figure == "members"
    assert {**parameters, "unit": ""} == {"unit": "", "on": "2022-01-01", "threshold": "75"}


async def test_rows_of_one_group_are_added_up_and_their_denominator_counts_once(calibration: Calibration) -> None:
    part = Part(label=WORD, value=624, of=695, where={"level": "branch", "rank": [1, 2]})
    found = await line(calibration, Prepared(grades=GRADES), Ask(figure="grades", unit="place:x", on=YEAR[0]), part)
    assert (found.parts[0].numerator, found.parts[0].denominator, found.equal) == (624, 695, True)


async def test_denominators_of_several_groups_are_added_up(calibration: Calibration) -> None:
    part = Part(label=WORD, where={"rank": 1})
    found = await line(calibration, Prepared(grades=GRADES), Ask(figure="grades", unit="place:x", on=YEAR[0]), part)
    assert (found.parts[0].numerator, found.parts[0].denominator) == (109, 704)


async def test_no_row_means_no_data_and_never_zero(calibration: Calibration) -> None:
    part = Part(label=WORD, value=0, where={"level": "province"})
    found = await line(calibration, Prepared(grades=GRADES), Ask(figure="grades", unit="place:x", on=YEAR[0]), part)
    assert (found.parts[0].numerator, found.equal) == (None, False)


async def test_a_base_is_asked_only_where_the_figure_has_no_denominator(calibration: Calibration) -> None:
    base = Ask(figure="grades", where={"level": "branch"})
    part = Part(label=WORD, value=667, of=695, base=base, where={"benefit": "card"})
    ask = Ask(figure="benefits", unit="place:x", start=YEAR[0], end=YEAR[1])
    without = Prepared(grades=GRADES, benefits=[AnswerRow({"benefit": "card"}, 667)])
    assert (await line(calibration, without, ask, part)).equal is True
    own = Prepared(benefits=[AnswerRow({"benefit": "card"}, 667, 695)])
    assert (await line(calibration, own, ask, part)).equal is True


async def test_an_incomplete_answer_is_not_equal(calibration: Calibration) -> None:
    figures = Prepared(visits=[AnswerRow({}, 3, None, 2)])
    found = await line(
        calibration, figures, Ask(figure="visits", unit="place:x", on=YEAR[0]), Part(label=WORD, value=3)
    )
    assert found.equal is False


@pytest.fixture
def refusing() -> Iterator[str]:
    """A service that refuses every question."""

    class Refusing(BaseHTTPRequestHandler):
        """A problem to each request."""

        def do_GET(self) -> None:
            """Answer."""
            self.send_response(422)
            self.end_headers()
            self.wfile.write(b'{"code": "unknown-key", "field": "by"}')

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with HTTPServer(("127.0.0.1", 0), Refusing) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


async def test_a_refused_question_is_one_line_of_figure_code_and_field(refusing: str) -> None:
    async with httpx.AsyncClient(base_url=refusing, trust_env=False) as client:
        with pytest.raises(FigureNotAnswered, match=r"^visits: 422 unknown-key · by$"):
            await FiguresOverHttp(client).ask("visits", {"unit": "x"})


async def test_a_service_that_is_away_is_one_line_too() -> None:
    async with httpx.AsyncClient(base_url="http://127.0.0.1:1", trust_env=False) as client:
        with pytest.raises(FigureNotAnswered, match=r"^visits: ConnectError$"):
            await FiguresOverHttp(client).ask("visits", {"unit": "x"})
