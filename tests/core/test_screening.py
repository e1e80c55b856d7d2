# ruff: noqa: RUF001 - look-alikes are what this is about
"""Checks of our own entries before the judge: look-alike texts and missing files."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes import canonical, dsse
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.rows import screening
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rows.writing import file_part
from tests.world import World


def incoming(payload: dict[str, Any], *parts: dict[str, Any] | None) -> Incoming:
    """A submission of raw bytes, the only input of the screening."""
    envelope = dsse.Envelope(dsse.ENTRY_TYPE, canonical.dumps(payload), ())
    texts = tuple(None if part is None else canonical.dumps(part, max_depth=8) for part in parts)
    return Incoming(Submission(b"", texts), envelope, None, "", None)  # type: ignore[arg-type]


def code_of(payload: dict[str, Any], *parts: dict[str, Any] | None) -> str:
    try:
        screening.screen(incoming(payload, *parts))
    except Malformed as error:
        return error.code
    return ""


@pytest.mark.parametrize("role", ["text", "subject"])
def test_texts_with_an_open_mark_of_direction_are_refused(role):
    assert code_of({}, {"role": role, "text": "a \u202e b"}) == "text-direction"
    assert code_of({}, {"role": role, "text": "a \u202eb\u202c c"}) == ""
    assert code_of({}, {"role": role, "text": "商务部来文"}, None) == ""


def test_file_names_with_an_open_mark_of_direction_are_refused():
    assert code_of({}, {"role": "file", "name": "a\u202efdp.exe"}) == "text-direction"


@pytest.mark.parametrize("place", ["part", "payload"])
@pytest.mark.parametrize(
    ("number", "code"),
    [
        ("2026-商-1", ""),
        ("FIКTIV-1", "number-mixed-scripts"),
        ("FIKTIV\u200b-1", "number-unseen"),
        ("FIKTIV\u202e-1", "text-direction"),
    ],
)
def test_numbers_that_look_like_others_are_refused(place, number, code):
    rows = {"rows": [{"row": 1, "number": number}], "applications": [number]}
    found = code_of({}, {"data": rows}) if place == "part" else code_of({"body": rows})
    assert found == code


def test_words_of_two_scripts_are_no_numbers():
    assert code_of({"body": {"reason": "Москва and Berlin", "row": 1}}) == ""


DIGEST = "d" * 64


def with_file(length: int, digest: str = DIGEST) -> Incoming:
    """A note with a text and a file of the given description."""
    salt = bytes(32)
    file = file_part(salt, "a.txt", "text/plain", length, digest)
    world = World.founded()
    thread = world.open_thread("eu")
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en")
    return read(world.append("eu", payload, [world.text("See."), file]).submission, whole=True)


def test_file_that_is_here_as_described_passes():
    screening.check_files(with_file(5), {DIGEST: 5})


def test_file_that_is_not_here_is_refused():
    with pytest.raises(RuleBroken) as caught:
        screening.check_files(with_file(5), {"e" * 64: 5})
    assert (caught.value.code, caught.value.facts) == ("file-missing", {"part": 1})


@pytest.mark.parametrize("length", [0, 4, 6])
def test_file_of_another_length_is_refused(length):
    with pytest.raises(Malformed) as caught:
        screening.check_files(with_file(5), {DIGEST: length})
    assert (caught.value.code, caught.value.facts) == ("file-length", {"part": 1})


def test_entry_without_files_or_parts_names_none():
    world = World.founded()
    for entry in (world.open_thread("eu"), world.eu.own.entries[0]):
        assert list(screening.named_files(read(entry.submission, whole=True))) == []
