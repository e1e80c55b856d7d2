"""Build entries of an author's reasons for findings, `sense.confirmed`, for our private log."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import EntryId
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import text_part
from special_channel.core.sense.reasons import VERSION, GivenReason
from special_channel.desk.payloads import Author, Fields, signed

ROOM: Final = 28_000
"""Bytes of the reasons in an entry, which has 32 KiB."""

BESIDES_ROWS: Final = 350
"""Bytes of a reason besides its rows, at most: 20 rules, and its part with own words."""


def in_entries(given: Sequence[GivenReason]) -> list[list[GivenReason]]:
    """Part reasons into those of one entry each, in order: long lists of rows need several."""
    entries: list[list[GivenReason]] = []
    room = 0
    for each in given:
        size = sum(len(str(row)) + 1 for row in each.rows) + BESIDES_ROWS
        room -= size
        if room < 0:
            entries.append([])
            room = ROOM - size
        entries[-1].append(each)
    return entries


def sense_confirmed(
    author: Author, about: EntryId, given: Sequence[GivenReason], lang: str
) -> Submission:
    """Give reasons for findings on the entry `about`; `author.log` is the private log."""
    confirmed: list[Value] = []
    texts: list[str] = []
    for each in given:
        stated: dict[str, Value] = {"rules": [*each.rules], "reason": each.reason}
        if each.rows:
            stated["rows"] = sorted(each.rows)
        if each.words:
            stated["text"] = len(texts)
            texts.append(each.words)
        confirmed.append(stated)
    body: Fields = {"body": {"id": about, "sense": VERSION, "confirmed": confirmed}}
    disclosures = [text_part("text", author.salt(), words) for words in texts]
    return signed(author, "sense.confirmed", body | ({"lang": lang} if texts else {}), disclosures)
