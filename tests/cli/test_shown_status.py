"""`status` says alarms and reasons in words, and each with what to do; JSON keeps the codes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from special_channel.cli.output import Output
from special_channel.cli.overview import fault_words
from special_channel.cli.tables import Reader
from special_channel.messages.catalogue import LANGS, Lang
from special_channel.ports.conditions import CODES

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
AT = "2026-11-24T11:00:00Z"
STATUS: dict[str, Any] = {
    "canary_at": AT,
    "reminders_stopped_since": AT,
    "peer_reminders_stopped_since": AT,
    "private_held": 3,
    "private_signed": 5,
    "damaged": [{"place": "EU-7", "what": "entry", "part": None}],
}


def reader(lang: Lang) -> Reader:
    return Reader(Output(as_json=False, lang=lang), "eu", NOW, STATUS)


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_alarm_has_words_and_a_next_step_without_gaps(code, lang):
    said = fault_words(reader(lang), code)
    for text in (said.text, said.next_step):
        assert text
        assert "-" not in code or code not in text, "people read words"
        assert not set("–{}%") & set(text), text
        assert ("。" in text) is (lang == "zh-CN"), text


@pytest.mark.parametrize(("lang", "time", "both"), [
    ("en", "12:00", ("5 entries, 3 are stored", "EU-7 is damaged")),
    ("zh-CN", "12:00", ("已签署5条，现存3条", "EU-7已损坏")),
])  # fmt: skip
def test_alarm_names_what_the_status_says_of_it(lang, time, both):
    for code in ("canary-lost", "escalation-stopped", "peer-escalation-stopped"):
        assert time in fault_words(reader(lang), code).text, code
    for code, words in zip(("private-log-behind", "record-damaged"), both, strict=True):
        assert words in fault_words(reader(lang), code).text
