"""Read disputed entries, their reviewers, and the ordinary act for changing an entry's effect.

Does not judge or sign a review: the judge decides who may (K22), and the browser signs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from special_channel.core.bytes.ids import EntryId, Position
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    COUNTED_KINDS,
    Entry,
    EntryReviewed,
    KeyEnrolled,
    KeySuspended,
    MachineEnrolled,
    RoleGranted,
)
from special_channel.core.rows.threads import NoteRow
from special_channel.core.rules.doubt import DoubtedEntry, SignedEntry
from special_channel.desk.act_second import may_lead
from special_channel.ports import Stored
from special_channel.web.reviews.views import (
    MOST,
    Outcome,
    Remedy,
    ReviewItem,
    ReviewsFound,
    ReviewsQuery,
)
from special_channel.web.shared.doubts import doubt_at
from special_channel.web.shell.content import entry_in, entry_of, excerpt, position_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import to_review
from special_channel.web.shell.people import People, people
from special_channel.web.shell.questions import delivered

_TEXTS: Final = frozenset({"thread.opened", "note.posted", "note.corrected", "note.translated"})
"""Kinds of entries whose first words the page shows."""

_REMEDIES: Final[Mapping[str, str]] = {
    "note": "thread",
    "thread": "thread",
    "date": "thread",
    "deadline": "thread",
    "referral": "thread",
    "application": "statement",
    "clock": "statement",
    "difference": "statement",
    "approval": "statement",
    "batch": "sheet",
    "licence": "licence",
    "priority": "priority",
    "meeting": "meeting",
    "point": "meeting",
}
"""Code of the ordinary act that changes an entry's effect, by the first word of its kind."""


async def reviews(context: PageContext, query: ReviewsQuery) -> ReviewsFound:
    """Read up to 200 disputed entries of a filter, by default acts on people first (K23).

    Acts of two leaders that wait are named to leaders alone.
    """
    mine = query.scope == "mine"
    leads = not mine and await _leads(context)
    known = context.doubts
    found = to_review(context, context.reader) if mine else known.to_review(context.party)
    found = _matching(context, found, query)
    shown = found[:MOST]
    stored = await context.own.stores.record.find([each.signed.id for each in shown])
    items = await _items(
        context,
        [(stored[each.signed.id], each.signed) for each in shown if each.signed.id in stored],
    )
    begun = await _begun(context)
    persons = {each.signed.id: each.persons for each in shown}
    reader = context.reader.row.person

    def marked(item: ReviewItem) -> ReviewItem:
        # What the reader's own keys put in doubt is reviewed alone, and never as one of two. An act
        # of two leaders that waits keeps nobody from it (K22).
        act = begun.get(item.entry_id) if leads else None
        may = mine or (leads and act is None and reader not in persons[item.entry_id])
        return item.model_copy(update={"may": may, "act": act})

    marks = tuple(map(marked, items))
    return ReviewsFound(**context.sizes, total=len(found), mine=mine, leads=leads, items=marks)


def _matching(
    context: PageContext, found: Iterable[DoubtedEntry], query: ReviewsQuery
) -> list[DoubtedEntry]:
    """Return the disputed entries of a filter, in its order."""
    text, label = query.text.casefold(), context.t.label
    matching = [
        each
        for each in found
        if text in f"{each.signed.position}\n{label('kind', each.signed.kind)}".casefold()
        and query.what in {"", "people" if _on_people(each) else "rest"}
    ]
    matching.sort(key=lambda each: each.signed.position, reverse=query.sort == "newest")
    if query.sort == "people":
        matching.sort(key=lambda each: not _on_people(each))
    return matching


async def _leads(context: PageContext) -> bool:
    row = context.reader.row
    answered = await context.own.stores.views.answered(context.party)
    return may_lead(row, answered)


async def _begun(context: PageContext) -> Mapping[EntryId, EntryId]:
    """Return the reviews waiting for a second leader, by reviewed entry."""
    rows = await context.own.desk.acts.acts.waiting(context.now)
    entries = [(row.id, entry_in(row.envelope)) for row in rows if row.kind == "entry.reviewed"]
    return {
        id_: act
        for act, entry in entries
        if isinstance(entry, EntryReviewed)
        for id_ in entry.body.entries
    }


def _on_people(each: DoubtedEntry) -> bool:
    return each.signed.kind in COUNTED_KINDS


async def _items(
    context: PageContext, found: Sequence[tuple[Stored, SignedEntry]]
) -> tuple[ReviewItem, ...]:
    views, entries = context.own.stores.views, [entry for entry, _ in found]
    threads = sorted({entry.thread for entry in entries if entry.thread})
    numbers = await views.threads_by_id(threads)
    notes = await views.notes_by_id({entry.id for entry in entries})
    times = await delivered(context, [position_of(entry) for entry in entries])
    authors = await people(context, {key for _, signed in found for key in signed.signers})
    items: list[ReviewItem] = []
    for entry, signed in found:
        position = position_of(entry)
        thread = numbers.get(entry.thread or "")
        number = str(thread.position) if thread else None
        doubt = doubt_at(context.doubts, position, times.at(position))
        if doubt is None:
            continue  # reviewed while this page was read
        outcome, at = _outcome(notes.get(entry.id), times.at(position))
        items.append(
            ReviewItem(
                entry_id=entry.id,
                position=str(position),
                kind=entry.kind,
                accepted=instant(entry.accepted),
                author=authors.author(entry.by),
                doubt=doubt,
                thread=number,
                words=excerpt(entry, context.lang) if entry.kind in _TEXTS else None,
                outcome=outcome,
                outcome_at=at,
                second=_is_second(context, signed, authors),
                on_people=entry.kind in COUNTED_KINDS,
                remedy=_remedy(entry, position),
            )
        )
    return tuple(items)


def _is_second(context: PageContext, signed: SignedEntry, authors: People) -> bool:
    """Tell whether the reader signed an entry that another person wrote."""
    author, *others = (authors.author(key).person for key in signed.signers)
    return context.reader.row.person in others and context.reader.row.person != author


def _outcome(
    note: NoteRow | None, delivered_at: datetime | None
) -> tuple[Outcome, datetime | None]:
    if note is not None and note.withdrawn:
        return "withdrawn", instant(note.withdrawn[0].accepted)
    if note is not None and note.acknowledged:
        return "acknowledged", instant(note.acknowledged[0].accepted)
    return ("delivered", delivered_at) if delivered_at else ("stored", None)


def _remedy(stored: Stored, position: Position) -> Remedy | None:
    """Return the ordinary act for changing an entry's effect."""
    act = _act_on_people(entry_of(stored))
    if act is not None:
        return act
    code = _REMEDIES.get(stored.kind.partition(".")[0])
    return Remedy(code=code, url=f"/entries/{position}") if code else None


def _act_on_people(entry: Entry | None) -> Remedy | None:
    """Return the act for undoing an act on people, as the page of new acts begins acts."""
    new: dict[str, Any] = {}
    match entry:
        case RoleGranted():
            new = {"kind": "role.ended", "person": entry.body.person}
        case KeyEnrolled():
            new = {"kind": "key.revoked", "key": entry.by}
        case MachineEnrolled():
            new = {"kind": "key.revoked", "key": entry.by}
        case KeySuspended():
            target = "key" if entry.body.key else "person"
            new = {"kind": "key.restored", target: entry.body.key or entry.body.person}
        case _:
            return None
    query = "&".join(f"{name}={value}" for name, value in new.items())
    return Remedy(code=str(new["kind"]), url=f"/people/acts/new?{query}")
