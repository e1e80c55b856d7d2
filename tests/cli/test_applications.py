"""`special-channel application`: the signed entry has the values typed."""

from __future__ import annotations

import pytest

from special_channel.cli.applications import _act, _place
from special_channel.core.bytes.errors import Malformed
from special_channel.core.entries import ApplicationAsserted, ApplicationLinked
from special_channel.core.rows.submission import read
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author, application_asserted, application_linked


@pytest.mark.parametrize(
    ("text", "act"),
    [
        ("accepted:2026-09-21", {"act": "accepted", "on": "2026-09-21"}),
        (
            "uncounted:2026-10-12:expert_opinion:2026-12-18",
            {
                "act": "uncounted",
                "on": "2026-10-12",
                "basis": "expert_opinion",
                "expected_until": "2026-12-18",
            },
        ),
        (
            "uncounted:2026-10-12:site_check",
            {"act": "uncounted", "on": "2026-10-12", "basis": "site_check"},
        ),
    ],
)
def test_an_act_is_read_as_it_is_typed(text, act):
    assert _act(text, "en") == act


@pytest.mark.parametrize(
    "text",
    [
        "",
        "accepted",
        "accepted:",
        "accepted:today",
        ":2026-09-21",
        "accepted:2026-09-21:",
        "a:2026-09-21:b:2026-09-22:c",
    ],
)
def test_anything_else_is_refused(text):
    with pytest.raises(Malformed) as refused:
        _act(text, "en")
    assert refused.value.code == "clock-malformed"


def test_statement_to_correct_is_read_with_its_row():
    assert (_place("CN-340"), _place("CN-340:12")) == (("CN-340", 0), ("CN-340", 12))


@pytest.mark.parametrize("text", ["CN-340:x", "CN-340:", "CN-340:0", "CN-340:1:2"])
def test_row_that_is_no_number_is_refused(text):
    with pytest.raises(Malformed) as refused:
        _place(text)
    assert refused.value.code == "position-malformed"


def test_what_is_signed_is_an_entry_of_the_vocabulary():
    key = KeyFile.make("eu", "desk", bytes(range(32)), unit="u", desk="permits")
    author = Author(key.signer, "eu.channel.example/log", "2026-11-24T08:00:00Z", (), bytes)
    body = {"number": "A-1", "state": "review", "as_of": "2026-11-24", "source": "supplier"}
    stated = application_asserted(author, {**body, "clock": [_act("accepted:2026-09-21", "en")]})
    linked = application_linked(author, "A-2", "A-1", "refiled")
    kinds = [type(read(each, whole=True).entry) for each in (stated, linked)]
    assert kinds == [ApplicationAsserted, ApplicationLinked]
