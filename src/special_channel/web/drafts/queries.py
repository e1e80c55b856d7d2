"""Read the reader's drafts: page of the form, subject, first words.

Does not trust the texts: the reader's own browser may have saved anything under any name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import orjson

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import EntryId, ThreadId
from special_channel.core.rows.batches import BatchRow
from special_channel.core.search.folding import fold
from special_channel.stores.drafts import KeptDraft, Replaces
from special_channel.web.drafts.views import DraftFilters, DraftForm, DraftItem, DraftList
from special_channel.web.notes.views import NOTE_ACTS
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import number_of
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.threads import ThreadItem, thread_items

MOST_WORDS: Final = 160
"""Characters of a draft in the list."""

_ACTS: Final = "|".join(NOTE_ACTS)
_PLACES: Final[Mapping[DraftForm, re.Pattern[str]]] = {
    "note": re.compile("([0-9a-f]{32})"),
    "new": re.compile("new(?:-([0-9a-f]{64}))?"),
    "promise": re.compile("promise-([0-9a-f]{32})"),
    "answer": re.compile("answer-([0-9a-f]{64})"),
    "meeting": re.compile("(meeting)"),
    "words": re.compile("words-([0-9a-f]{64})"),
    "act": re.compile(f"note-(?:{_ACTS})-([0-9a-f]{{64}})"),
    "assign": re.compile(r"assign-((?:EU|CN)-\d{1,18})"),
    "release": re.compile("([0-9a-f]{64})"),
    "quarantine": re.compile("quarantine-([0-9a-f]{64})"),
    "file": re.compile("(file)-list"),
    "amendment": re.compile("file-([0-9a-f]{64})"),
}
"""Names of drafts by form; the group is the id of what the draft is about."""

_ANSWER: Final = re.compile(r"([0-9a-f]{64}) (\d{1,3})")


@dataclass(frozen=True, slots=True)
class Known:
    """Threads, lists and numbers of entries of the drafts, without deleted ones.

    `waiting`: drafts of colleagues that wait for a second official.
    """

    threads: Mapping[ThreadId, ThreadItem]
    batches: Mapping[EntryId, BatchRow]
    numbers: Mapping[EntryId, str]
    waiting: Collection[EntryId]


@dataclass(frozen=True, slots=True)
class Place:
    """A draft with its form and the fields of the form."""

    draft: KeptDraft
    form: DraftForm
    about: str
    fields: Mapping[str, Any]

    @property
    def answered(self) -> list[tuple[EntryId, str]]:
        """The answered questions, by note and number."""
        found = (_ANSWER.fullmatch(each) for each in _texts(self.fields.get("answers")))
        return [(match[1], match[2]) for match in found if match]

    def text(self, name: str) -> str:
        """Return the text of a field; empty if there is none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""


async def draft_list(context: PageContext, filters: DraftFilters) -> DraftList:
    """Return the reader's drafts that match."""
    places = [_place(each) for each in await context.own.desk.drafts.typed_by(context.reader.key)]
    known = await _known(context, places)
    everything = [_item(context, place, known) for place in places]
    items = [item for item in everything if _fits(item, filters)]
    if filters.sort == "oldest":
        items.reverse()
    return DraftList(items=tuple(items), total=len(everything))


async def discard(context: PageContext, name: str, version: int) -> None:
    """Delete a draft of the reader as it was listed; deleting one that is gone succeeds.

    Raises:
        RuleBroken: `draft-elsewhere` if the draft was saved since.
    """
    over, drafts = Replaces(version), context.own.desk.drafts
    if await drafts.save(context.reader.key, name, "", context.now, over) is None:
        raise RuleBroken("draft-elsewhere", "This draft was changed in another window.")


def _fits(item: DraftItem, filters: DraftFilters) -> bool:
    """Tell whether a draft matches: its form, and a part of its number, subject or words."""
    if filters.form not in {"", item.form}:
        return False
    subject = (item.title.original, item.title.translation) if item.title else ()
    texts = [item.number, *(each.text for each in (*subject, item.words) if each)]
    return not filters.text or any(fold(filters.text) in fold(each) for each in texts)


def _place(draft: KeptDraft) -> Place:
    fields = orjson.loads(draft.text)
    if not isinstance(fields, dict):
        fields = {}
    for form, pattern in _PLACES.items():
        if match := pattern.fullmatch(draft.place):
            inside = form == "note" and fields.get("internal") == "true"
            return Place(draft, "internal" if inside else form, match[1] or "", fields)
    return Place(draft, "other", "", fields)


async def _known(context: PageContext, places: Sequence[Place]) -> Known:
    views, record = context.own.stores.views, context.own.stores.record
    threads = _about(places, "note", "internal")
    rows = await views.threads_by_id(threads) if threads else {}
    items = await thread_items(context, [*rows.values()])
    batches = _about(places, "new", "answer", "amendment")
    answered = {note for place in places for note, _ in place.answered}
    ids = sorted({*_about(places, "act", "words"), *answered})
    entries = await record.find(ids) if ids else {}
    remarks = _about(places, "release")
    waiting = await context.own.desk.clearances.waiting() if remarks else ()
    return Known(
        {item.thread: item for item in items},
        await views.batches_by_id(batches) if batches else {},
        {id_: number_of(entry) for id_, entry in entries.items()},
        {draft.id for draft in waiting}.intersection(remarks),
    )


def _about(places: Iterable[Place], *forms: DraftForm) -> list[str]:
    return sorted({place.about for place in places if place.form in forms and place.about})


def _item(context: PageContext, place: Place, known: Known) -> DraftItem:
    thread, batch = known.threads.get(place.about), known.batches.get(place.about)
    number = known.numbers.get(place.about, "")
    if thread:
        number = thread.number
    elif batch:
        number = batch.list
    elif place.form == "assign":
        number = place.about
    elif place.form == "file":
        number = place.text("file")
    return DraftItem(
        name=place.draft.place,
        form=place.form,
        url=_url(place, known),
        number=number,
        title=thread.title if thread else None,
        answers=tuple(
            f"{known.numbers[note]} Q{q}" for note, q in place.answered if note in known.numbers
        ),
        words=_words(context, place),
        at=place.draft.at,
        version=place.draft.version,
        held=place.text("held") == "true",
    )


def _url(place: Place, known: Known) -> str:
    """Return the address of a draft's form; empty if the thread or list is gone."""
    about = place.about
    thread, batch = known.threads.get(about), known.batches.get(about)
    number = known.numbers.get(about)
    listed = f"/batches/EU-{batch.index}" if batch else ""
    addresses: Mapping[DraftForm, str] = {
        "note": f"{thread.url}#compose" if thread else "",
        "new": (listed and f"{listed}/new-thread") if about else "/threads/new",
        "promise": "/meetings",
        "answer": listed and f"{listed}/answer",
        "meeting": "/meetings/new",
        "words": f"/meetings/{number}" if number else "",
        "act": f"/entries/{number}/{place.draft.place.split('-')[1]}" if number else "",
        "assign": f"/assign?thread={about}",
        "release": f"/clearances/{about}" if about in known.waiting else "",
        "quarantine": f"/quarantine/{about}/ask",
        "file": "/batches/check",
        "amendment": listed and f"{listed}/amend",
    }
    return addresses.get("note" if place.form == "internal" else place.form, "")


def _words(context: PageContext, place: Place) -> Words | None:
    """Return the first words, of the subject or the text, in the reader's language if possible."""
    own, other = context.languages
    pairs = [(own, ""), (other, "_tr")]
    if context.lang != own:
        pairs.reverse()
    for name in ("subject", "text", "reason", "step-remark"):
        for lang, suffix in pairs:
            if said := " ".join(place.text(name + suffix).split()):
                short = said if len(said) <= MOST_WORDS else f"{said[:MOST_WORDS].rstrip()}…"
                return Words(short, lang)
    return None


def _texts(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
