"""Check texts and files of our side's entries before storage: find passages to look at again.

Serves the saved draft, the dialog before a signature, the release page, the API and the command
line. Refuses only a text marked for inside without a marking of the charter.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from aiohttp import web

from special_channel.core.bytes.errors import NotFound, RuleBroken, Unavailable
from special_channel.core.rows.submission import Submission
from special_channel.core.sense.findings import Fact, FactKind, Finding, Grade
from special_channel.core.sense.marks import soft_marks
from special_channel.core.sense.texts import TEXT_RULES, text_findings
from special_channel.desk.file_scanner import UNREADABLE, FileScanner
from special_channel.desk.proposed import ProposedEntry
from special_channel.messages.catalogue import Catalogue
from special_channel.messages.sense import said
from special_channel.web.shared.view import View
from special_channel.web.shell.context import checking_context, proposed_entries

MARKED: Final = frozenset({"note.posted", "thread.opened"})
"""Kinds whose form, and command, have the choice of a marking."""

MOST_FILES: Final = 1000
"""Files that are looked at: an entry has no more parts."""

FEW: Final = 5
"""Findings of one kind that are written one by one."""


class FoundItem(View):
    """A finding to look at before a signature, in the reader's language.

    Attributes:
        place: Kind of text, such as `question`; empty for an entry's fields.
        number: Number of the text among texts of the same kind, or of the row; from 1.
        sentence: The whole sentence, with its place; personal data is masked.
        given: The author's reason, on the page of a draft for release.
    """

    rule: str
    grade: Grade
    place: str = ""
    number: int
    sentence: str
    given: str = ""


async def look_at(scanner: FileScanner, entries: Sequence[ProposedEntry]) -> tuple[Finding, ...]:
    """Return the findings in the texts and files of entries."""
    worded = [each for each in entries if each.texts]
    found = await asyncio.to_thread(lambda: [*_texts_of(worded)]) if worded else []
    return (*found, *await _of_files(scanner, entries))


async def _of_files(scanner: FileScanner, entries: Sequence[ProposedEntry]) -> list[Finding]:
    """Return the findings in files, every file once; quarantined files are not read."""
    named: dict[str, str] = {}
    for sha256, name in (file for entry in entries for file in entry.files):
        named.setdefault(sha256, name)
    files = list(named.items())[:MOST_FILES]
    checks = await scanner.checks([sha256 for sha256, _ in files])
    found: list[Finding] = []
    for number, (sha256, name) in enumerate(files, start=1):
        held = UNREADABLE  # nobody has read it yet; a text is shown and saved all the same
        if sha256 in checks:
            if checks[sha256].state == "found":
                continue
            with suppress(NotFound, Unavailable):
                held = await scanner.found_in(sha256)
        found += [_of_file(each, number, name) for each in held]
    return found


def _of_file(each: Mapping[str, Any], number: int, name: str) -> Finding:
    """Return a finding in a file, with its place in the file; `number`: number of the file."""
    facts = {
        "file": Fact("text", name),
        "at": Fact("text", str(each["at"])),
        "number": Fact("number", str(each["number"])),
    }
    for fact, kind in _FILE_FACTS.items():
        if fact in each:
            facts[fact] = Fact(kind, str(each[fact]))
    return Finding(str(each["rule"]), each["grade"], number, ("file",), facts)


_FILE_FACTS: Final[Mapping[str, FactKind]] = {
    "words": "text", "kind": "personal", "what": "hidden",
}  # fmt: skip
"""Facts of a finding in a file, as the reader's process names them."""


def _texts_of(entries: Sequence[ProposedEntry]) -> Iterator[Finding]:
    for entry in entries:
        for finding in text_findings(entry.texts, entry.numbers):
            # Remarks of a return sheet are read with the names in our own columns, row by row.
            if (entry.kind, finding.rule) != ("batch.answered", "S-099"):
                yield finding


def found_items(t: Catalogue, findings: Sequence[Finding]) -> tuple[FoundItem, ...]:
    """Write findings in the reader's language, at most the first `FEW` of a kind."""
    kinds: dict[tuple[str, str, tuple[str, ...]], list[Finding]] = {}
    for each in findings:
        kinds.setdefault((each.rule, each.variant, each.fields), []).append(each)
    shown = {id(each) for group in kinds.values() for each in group[:FEW]}
    items = [_item(t, each) for each in findings if id(each) in shown]
    for group in kinds.values():
        if len(group) > FEW:
            last = _item(t, group[FEW - 1])
            more = t.gettext("sense.more", words=last.sentence, count=len(group) - FEW)
            items[items.index(last)] = last.model_copy(update={"sentence": more})
    return tuple(items)


def row_items(t: Catalogue, findings: Sequence[Finding]) -> tuple[FoundItem, ...]:
    """Write findings in the rows of sheets, each sentence with its row."""
    return tuple(
        each.model_copy(
            update={
                "sentence": t.gettext("answer-notice.row", row=each.number, words=each.sentence)
            }
        )
        # The row is the place.
        for each in found_items(t, [replace(each, fields=()) for each in findings])
    )


def _item(t: Catalogue, finding: Finding) -> FoundItem:
    place = finding.fields[0] if finding.fields else ""
    # A field of another act can have the name of a place, such as `remark`.
    if finding.rule not in TEXT_RULES and place != "question":
        place = ""
    words = said(t, finding)
    if finding.rule != "S-100" and place:
        where = place_words(t, finding)
        words = t.gettext("sense.in-text", place=where, words=words)
    return FoundItem(
        rule=finding.rule, grade=finding.grade, place=place, number=finding.row, sentence=words
    )


def place_words(t: Catalogue, finding: Finding) -> str:
    """Write where in a text or file a finding is."""
    if "at" not in finding.facts:
        return t.gettext(f"text-place.{finding.fields[0]}", number=finding.row)
    facts = {name: fact.value for name, fact in finding.facts.items()}
    return t.gettext(
        "file-place.in", file=facts["file"], place=file_place(t, facts["at"], facts["number"])
    )


def file_place(t: Catalogue, at: str, number: str) -> str:
    """Write a place in a file, such as `row-2` for a row of the second sheet."""
    kind, _, sheet = at.partition("-")
    return t.gettext(f"file-place.{kind}", number=number, sheet=sheet)


async def refuse_unmarked(request: web.Request, sent: Sequence[Submission]) -> None:
    """Refuse a note that is marked for inside, and carries no marking of the charter (S-096).

    A charter without markings offers no choice. A stored entry is never refused.

    Raises:
        RuleBroken: `text-unmarked`.
    """
    entries = proposed_entries(request, sent)
    for entry in entries:
        if entry.marking or entry.kind not in MARKED:
            continue
        marks = (mark for each in entry.texts for mark in soft_marks(each.text))
        mark = next((mark for mark in marks if mark.rule == "S-096"), None)
        if mark is None:
            continue
        context = await checking_context(request)
        markings = context.charter.charter.markings if context.charter else ()
        if markings and not await context.own.stores.record.find([entry.id]):
            raise RuleBroken("text-unmarked", "The text is marked for inside.", words=mark.words)
