"""Rows of long tables: values, and escaping of values."""

from __future__ import annotations

from typing import Any

import pytest
from markupsafe import Markup

from special_channel.web.answers.pages import cells
from special_channel.web.shell.markup import filled
from special_channel.web.shell.render import environment
from tests.web.samples.answers import answer_row


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
