"""Ids of threads, entries and questions, looked up at the node by their numbers."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from special_channel.cli.client import Node
from special_channel.cli.official import Signing
from special_channel.core.bytes import times
from special_channel.core.bytes.errors import Malformed, NotFound, RuleBroken
from special_channel.core.bytes.ids import EntryId, Position, ThreadId, peer_of
from special_channel.desk.payloads import Question
from special_channel.desk.questions import by_rule
from special_channel.desk.written import TextRole
from special_channel.wiring.files import CalendarFiles, calendars

NO_MARKING: Final = "none"
"""The choice of no marking: an entry without one, chosen and not forgotten."""

_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z")
_SPAN = re.compile(r"\+(\d{1,6})([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}
_PRIVATE = re.compile(r"(?:PRIVATE|EU-P|CN-P)-\d{1,15}")
_ID = re.compile(r"[0-9a-f]{64}")
_ANSWERS = re.compile(r"((?:EU|CN)-\d{1,18}):([0-9,-]+)")


async def thread_id(node: Node, number: str) -> ThreadId:
    """Return a thread's id by its number: `EU-142`."""
    Position.parse(number)
    return str((await node.get(f"/api/threads/{number}"))["thread"]["thread"])


async def batch_id(node: Node, number: str) -> EntryId:
    """Return a batch's id by its number."""
    Position.parse(number)
    return str((await node.get(f"/api/batches/{number}"))["items"][0]["batch"])


async def marking(official: Signing, given: str) -> str:
    """Return the marking to be signed; empty for the word `none`.

    Raises:
        RuleBroken: `marking-needed` without a choice, if the charter has markings.
    """
    if given:
        return "" if given == NO_MARKING else given
    _, charter = await official.charter()
    if charter.markings:
        markings = ", ".join((*charter.markings, NO_MARKING))
        raise RuleBroken("marking-needed", "Nothing is chosen.", markings=markings)
    return ""


async def entry_of(node: Node, which: str) -> dict[str, Any]:
    """Return an entry with its proof, by its number or its id."""
    return dict(await node.get(f"/api/entries/{which}"))


async def note_at(node: Node, number: str) -> tuple[ThreadId, EntryId]:
    """Return thread and id of a note."""
    note = await entry_of(node, number)
    return str(note.get("thread", "")), str(note["id"])


async def text_at(node: Node, number: str) -> tuple[ThreadId, EntryId, TextRole]:
    """Return thread and id of a note or of the opening of a thread, and what its parts are."""
    entry = await entry_of(node, number)
    role: TextRole = "subject" if entry.get("kind") == "thread.opened" else "text"
    return str(entry.get("thread", "")), str(entry["id"]), role


async def question_at(node: Node, text: str) -> tuple[ThreadId, EntryId, str]:
    """Return thread, note and number of a question such as `EU-877:1`."""
    note, numbers = await answered(node, text)
    thread, _ = await note_at(node, note)
    return thread, note, numbers[0]


async def any_entry_of(node: Node, which: str) -> dict[str, Any]:
    """Return an entry of a shared log or of our private log, by number or id.

    Raises:
        NotFound: `entry-unknown`.
        NotAllowed: `role`, on the private log, for officials without the right to erase.
    """
    if not _PRIVATE.fullmatch(which):
        try:
            found = await entry_of(node, which)
        except NotFound:
            if not _ID.fullmatch(which):
                raise
        else:
            if not is_private(found):
                return found
    return dict(await node.get(f"/api/private/entries/{which}"))


def is_private(entry: dict[str, Any]) -> bool:
    """Return whether an entry of the API is in the private log."""
    return str(entry["position"]).startswith("PRIVATE-")


async def answered(node: Node, text: str) -> tuple[EntryId, tuple[str, ...]]:
    """Parse `EU-877:1,3-5`: answered questions of a note.

    Raises:
        Malformed: `answers-malformed`.
    """
    found = _ANSWERS.fullmatch(text)
    if not found:
        raise Malformed("answers-malformed", "Answers look like EU-877:1.", text=text[:80])
    note = await entry_of(node, found[1])
    return str(note["id"]), tuple(found[2].split(","))


async def question(official: Signing, text: str, now: datetime, folder: Path) -> Question:
    """Read `words | due | translation`; due is an instant, a time span (`+90s`), or a rule.

    Raises:
        Malformed: `question-malformed`.
        RuleBroken: `ask-rule`, `charter-absent`, `charter-mismatch`.
    """
    words, due, translation, *rest = [each.strip() for each in text.split("|")] + ["", ""]
    if not words or not due or any(rest):
        raise Malformed("question-malformed", "A question looks like: words | due.")
    who = peer_of(official.party)
    if _INSTANT.fullmatch(due):
        return Question(words, translation, who, due)
    span = _SPAN.fullmatch(due)
    if span:
        moved = now + timedelta(**{_UNITS[span[2]]: int(span[1])})
        return Question(words, translation, who, times.timestamp(moved))
    _, charter = await official.charter()
    found = CalendarFiles(folder).adopted(charter) or calendars(folder)
    counted = by_rule(charter, due, found, who, now)
    return Question(
        words, translation, who, counted.due, counted.rule, counted.calendar, counted.provisional
    )
