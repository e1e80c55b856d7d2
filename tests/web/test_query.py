"""Query parameters: the same model reads and describes them."""

from __future__ import annotations

from datetime import time

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.web.http.openapi import document
from special_channel.web.http.routes import API
from special_channel.web.shared.file_formats import MEDIA
from special_channel.web.shared.query import (
    PageQuery,
    Query,
    Text,
    WindowQuery,
    read_clock,
    read_query,
)


class Filters(Query):
    text: Text = ""
    column: tuple[str, ...] = ()


@pytest.mark.parametrize("text", ["0", "-1", "+1", " 1", "1.0", "１", "", "9" * 17, "1000000"])  # noqa: RUF001
def test_page_number_of_another_form_is_refused(text):
    with pytest.raises(Malformed) as refused:
        read_query(PageQuery, [("page", text)])
    assert (refused.value.code, refused.value.facts["field"]) == ("request-malformed", "page")


def test_first_value_counts_and_lists_take_all():
    pairs = [("text", " A-1 "), ("text", "A-2"), ("column", "x"), ("column", "y"), ("lang", "zh")]
    assert read_query(Filters, pairs) == Filters(text="A-1", column=("x", "y"))


@pytest.mark.parametrize("text", ["x" * 65, "a\u2028b", "a\x07"])
def test_long_or_unprintable_filter_is_refused(text):
    with pytest.raises(Malformed, match="filter"):
        read_query(Filters, [("text", text)])


@pytest.mark.parametrize("text", ["08:30", "8:30", " 08:30 ", "\uff10\uff18\uff1a\uff13\uff10"])
def test_time_of_day_is_read_as_an_input_method_writes_it(text):
    assert read_clock(text) == time(8, 30)


@pytest.mark.parametrize("text", ["", "noon", "24:00", "8:60", "08:30 AM", "0830", "08:30:15"])
def test_other_form_of_a_time_of_day_is_refused(text):
    with pytest.raises(Malformed) as refused:
        read_clock(text)
    assert refused.value.code == "clock-malformed"


def test_window_is_bounded_and_counted_from_one():
    window = read_query(WindowQuery, [("first", "0"), ("limit", "5000")])
    assert (window.offset, window.size) == (0, 100)
    assert read_query(WindowQuery, [("first", "51")]).offset == 50


def test_document_describes_query_parameters_with_types():
    paths = document(API, "1")["paths"]
    described = {
        each["name"]: each["schema"] for each in paths["/api/priorities"]["get"]["parameters"]
    }
    assert {name: schema["type"] for name, schema in described.items()} == {
        **dict.fromkeys(
            ("text", "reason", "state", "since", "until", "sort", "format", "lang"), "string"
        ),
        "first": "integer",
        "limit": "integer",
    }


def test_document_names_the_type_of_answer_of_each_operation():
    paths = document(API, "1")["paths"]
    types = {
        media
        for methods in paths.values()
        for method in methods.values()
        for media in method["responses"]["200"]["content"]
    }
    json = {"application/json"}
    files = {"application/pdf", "application/zip", "application/octet-stream"}
    lists = {*MEDIA.values()}
    assert types == json | files | lists | {"text/event-stream"}
    content = paths["/api/priorities"]["get"]["responses"]["200"]["content"]
    assert content.keys() == json | lists
