"""Lines of long tables: what is filled in, and that nothing filled in becomes markup."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from markupsafe import Markup

from special_channel.web.shell.render import environment
from special_channel.web.tables import filled
from tests.web.samples.answers import answer_row


def test_each_row_is_filled_into_the_line_escaped():
    line = Markup('<tr id="{row}" title="5 %"><td>{said}</td></tr>')
    rows = [{"row": 1, "said": '<b>"{row}'}, {"row": 2, "said": Markup("<i>x</i>")}]
    made = filled(line, rows)
    assert made == (
        '<tr id="1" title="5 %"><td>&lt;b&gt;&#34;{row}</td></tr>'
        '<tr id="2" title="5 %"><td><i>x</i></td></tr>'
    )
    assert isinstance(made, Markup)


def test_a_value_that_a_row_does_not_have_is_an_error():
    with pytest.raises(KeyError):
        filled(Markup("{other}"), [{"row": 1}])


def cells(row, lang="en"):
    say: Any = environment(lang).globals["answer_cells"]
    [said] = say([row])
    return said


def test_a_row_says_what_was_stated_in_the_readers_language():
    row = replace(answer_row(1), said_in="CN-301", since=date(2026, 11, 17), here=True)
    said = cells(row)
    assert (said["missing"], said["as_of"], said["since"]) == (
        "end-user and end-use certificate, Chinese translation",
        "17 Nov 2026",
        "17 Nov 2026",
    )
    assert said["how"] == "answered in CN-301"
    assert cells(replace(row, here=False))["how"] == "stated in CN-301"
    assert cells(replace(row, since=None), "zh-CN")["since"] == "CN-301"
    assert cells(row, "zh-CN")["as_of"] == "2026年11月17日"


def test_nothing_is_written_where_nothing_is_stated_or_a_date_is_none():
    row = replace(answer_row(5), peer=None, question="", since=None, said_in="")
    said = cells(row)
    empty = {name for name, value in said.items() if value == ""}
    assert {"peer", "peer_as_of", "question", "match", "state", "as_of", "missing"} <= empty
    assert said["how"] == "not stated yet"
    assert cells(replace(row, held={"as_of": "2026-02-31"}))["as_of"] == ""


def test_marks_that_turn_text_are_fenced_in_where_a_number_is_shown():
    said = cells(replace(answer_row(1), number="A\u202e1"))
    assert said["shown"] == 'A<bdi class="ctl">\u202e</bdi>1'
    assert said["number"] == "A\u202e1"
