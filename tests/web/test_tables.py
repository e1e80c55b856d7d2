"""Rows of long tables: values, and escaping of values."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, cast

import pytest
from markupsafe import Markup

from special_channel.core.bytes.ids import Party
from special_channel.web.answers.pages import cells
from special_channel.web.applications.tables import Cells as ApplicationCells
from special_channel.web.inbox.pages import Cells as ThreadCells
from special_channel.web.lists.cells import Cells as ListCells
from special_channel.web.shell.markup import filled
from special_channel.web.shell.render import environment
from tests.web.reading import Page
from tests.web.samples.answers import answer_row
from tests.web.samples.applications import items
from tests.web.samples.batches import TITLE, batch_ref, rows
from tests.web.samples.inbox import due, item, rows_theirs
from tests.web.samples.people import NOW


def test_values_of_a_row_are_escaped_in_the_line():
    line = Markup('<tr id="{row}" title="5 %"><td>{said}</td></tr>')
    rows = [{"row": 1, "said": '<b>"{row}'}, {"row": 2, "said": Markup("<i>x</i>")}]
    made = filled(line, rows)
    assert made == (
        '<tr id="1" title="5 %"><td>&lt;b&gt;&#34;{row}</td></tr>'
        '<tr id="2" title="5 %"><td><i>x</i></td></tr>'
    )
    assert isinstance(made, Markup)


def test_line_with_a_missing_value_is_an_error():
    with pytest.raises(KeyError):
        filled(Markup("{other}"), [{"row": 1}])


def cells_of(row, lang="en"):
    say: Any = environment(lang).globals["say"]
    [written] = cells(say, [row], lambda _number: Markup())
    return written


def test_row_is_written_in_the_readers_language():
    row = answer_row(1).model_copy(update={"here": True})
    written = cells_of(row)
    assert (written["missing"], written["as_of"], written["since"]) == (
        "end-user and end-use certificate, Chinese translation",
        "17 Nov 2026",
        "17 Nov 2026",
    )
    assert written["how"] == "answered in CN-301"
    assert cells_of(answer_row(1))["how"] == "stated in CN-301"
    assert cells_of(answer_row(2), "zh-CN")["since"] == "CN-302"
    assert cells_of(row, "zh-CN")["as_of"] == "2026年11月17日"


def test_row_without_statement_or_with_no_date_has_empty_cells():
    row = answer_row(5).model_copy(update={"peer": None, "question": ""})
    written = cells_of(row)
    empty = {name for name, value in written.items() if value == ""}
    assert {"peer", "peer_as_of", "question", "match", "state", "as_of", "missing"} <= empty
    assert (written["since"], written["how"]) == ("", "not stated yet")
    sheet = row.model_copy(update={"fields": {"decided_on": "2026-02-31"}})
    assert cells_of(sheet)["decided_on"] == ""


def test_number_with_marks_of_direction_is_shown_with_them_isolated():
    written = cells_of(answer_row(1).model_copy(update={"number": "A\u202e1"}))
    assert written["shown"] == 'A<bdi class="ctl">\u202e</bdi>1'
    assert written["number"] == "A\u202e1"


def thread_cells(**details):
    """Return the cells of a thread in a list, as an official of the EU reads them."""
    say: Any = environment("en").globals["say"]
    chips: dict[Party, str] = {"eu": "EU", "cn": "CN"}
    [written] = ThreadCells(
        *(say, "eu", NOW, ": ", chips, lambda _bar: "<svg></svg>", lambda *_: ""),
        doubted=lambda _: Markup(),
        picks=False,
    ).rows([item("EU-142", TITLE, unread=False, **details)])
    return written


def test_date_without_a_calendar_is_called_provisional():
    dated = due("eu", 26, 2)
    written = thread_cells(due=replace(dated, provisional=True))["due"]
    assert [each.text for each in Page(written).marked("class", "says")] == [
        "Provisional: no calendar of that year is in use yet"
    ]
    assert Page(thread_cells(due=dated)["due"]).marked("class", "says") == []


def test_thread_about_a_list_says_how_much_of_it_is_approved():
    facts = Page(thread_cells(batch=batch_ref())["facts"])
    assert [*facts.pieces()] == ["EU-142", " · L2026-41", "29 of 55 approved by our record"]
    assert [each.tag for each in facts.inside if not isinstance(each, str)] == [
        "span", "svg", "span",
    ]  # fmt: skip


def list_cells(row):
    """Return the cells of an application in a list, as an official of the EU reads them."""
    env = environment("en")
    say, plural = (cast(Any, env.globals[name]) for name in ("say", "n_"))
    cells = ListCells(say, plural, "eu", lambda _: "", lambda _: "", 0, lambda _: Markup())
    [written] = cells.rows([row], {}, {}, {}, {})
    return written


def test_application_in_a_list_has_its_urgency_in_words():
    stopped = next(each for each in rows("eu") if each.urgency == "line_stop")
    assert list_cells(stopped)["urgency"] == "production stopped<small>listed 3 times</small>"
    once = stopped.model_copy(update={"urgency": "normal", "times_listed": 1})
    assert list_cells(once)["urgency"] == "normal<small>listed 1 time</small>"


def test_row_in_which_the_sides_differ_is_marked():
    cells_of_rows = [list_cells(row) for row in rows("eu")]
    page = Page(filled(Markup("<tr{differs}><td>{row}</td></tr>"), cells_of_rows))
    marked = [int(each.text) for each in page.marked("class", "differs")]
    assert marked == [row.row for row in rows("eu") if row.states and row.states.differs]
    assert 0 < len(marked) < len(rows("eu"))


def test_state_is_written_with_its_date_and_source():
    say: Any = environment("en").globals["say"]
    written = ApplicationCells(say, "eu", "CN", ": ", {}, lambda _number: Markup())
    item = items("eu", "en")[0]
    assert written.own(item) == "<b>approved</b>\n<small>12 Nov 2026 · supplier</small>"
    assert written.other(item) == "<b>approved</b>\n<small>17 Nov 2026 · bureau</small>"


@pytest.mark.parametrize(
    "known", [[], ["the other side’s record is known up to Tue 24 Nov 09:20"]], ids=["", "known"]
)
def test_due_time_says_up_to_when_their_record_is_known(known):
    say: Any = environment("en").globals["say"]
    chips: dict[Party, str] = {"eu": "EU", "cn": "CN"}
    written = ThreadCells(
        *(say, "eu", NOW, ": ", chips, lambda *_: "", lambda *_: ""),
        doubted=lambda _number: Markup(),
        picks=False,
    )
    said = {"silence": "no answer received", "known": "".join(known), "about": "EU-877 Q1"}
    item = rows_theirs("eu")[0].model_copy(update=said | {"due": due("cn", 24, 0, passed=True)})
    [row] = written.rows([item])
    texts = [each.text for each in Page(str(row["due"])).within() if each.tag in {"b", "small"}]
    assert texts == [
        "no answer received", *known, "EU-877 Q1",
        "Tue 24 Nov 10:00 Brussels", "Tue 24 Nov 17:00 Beijing",
    ]  # fmt: skip
