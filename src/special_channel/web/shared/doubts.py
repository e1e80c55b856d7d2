"""The doubt about an entry as pages, files and the API show it (rules.md, K21 and K22).

Never says that an entry is invalid: it keeps every effect. Does not decide what is in doubt:
`core/rules/doubt.py` does.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import ClassVar, TypeVar, cast

from pydantic import Field

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, Position, party_of
from special_channel.core.bytes.times import instant
from special_channel.core.rules.doubt import (
    EntryDoubt,
    KnownDoubts,
    Signature,
    Word,
    further_signers,
    signature_in_doubt,
)
from special_channel.web.shared.capitals import moment
from special_channel.web.shared.view import View
from special_channel.web.shared.viewpoint import Viewpoint


class Doubt(View):
    """The doubt about an entry.

    Attributes:
        key: The key in doubt; empty if the doubt was lifted after the entry was disowned.
        since: Number of the entry from which its side states the doubt; empty likewise.
        word: `disputed`, or `disowned` by a review.
        party: The side of the entry.
        signature: Whose signature is in doubt.
        at: Time of the entry `since`; `delivered`: of the entry's delivery.
    """

    key: str
    since: str
    word: Word
    party: Party = Field(exclude=True)
    signature: Signature = Field(exclude=True)
    at: datetime | None = Field(default=None, exclude=True)
    delivered: datetime | None = Field(default=None, exclude=True)

    def sentence(self, view: Viewpoint) -> str:
        """Return the sentence for a reader: on our own side's entry, or the other side's."""
        side = view.t.label("side", self.party)
        whose = self.signature
        if self.word == "disowned":
            return view.t.gettext(f"doubted.disowned.{whose}", side=side)
        if self.party == view.party:
            at = _written(self.at, view)
            return view.t.gettext(f"doubted.own.{whose}", since=self.since, at=at)
        if self.delivered is None:
            return view.t.gettext(f"doubted.other.{whose}", side=side, since=self.since)
        at = _written(self.delivered, view)
        return view.t.gettext(f"doubted.delivered.{whose}", side=side, since=self.since, at=at)


class EntryItem(View):
    """A view of an entry, or of what an entry states. `doubt`: of that entry, over the API.

    `numbered` names the field with the entry's number. Pages ask for the doubt by number.
    """

    numbered: ClassVar[str] = "position"

    doubt: Doubt | None = None


_V = TypeVar("_V")


def with_doubts(value: _V, known: KnownDoubts) -> _V:
    """Return a view with the doubt about each entry in it; another value unchanged."""
    if not known.entries or not isinstance(value, View):
        return value
    return cast(_V, _marked(value, known))


def _marked(value: object, known: KnownDoubts) -> object:
    if type(value) is tuple:
        return tuple(_marked(each, known) for each in value)
    if not isinstance(value, View):
        return value
    changes = {name: _marked(old, known) for name, old in value if isinstance(old, View | tuple)}
    if isinstance(value, EntryItem):
        number = getattr(value, value.numbered)
        changes["doubt"] = doubt_of_number(known, number) if number else None
    return value.model_copy(update=changes)


def _written(at: datetime | None, view: Viewpoint) -> str:
    if at is None:
        return "–"
    return view.as_of(at) if view.dated else moment(at, view.party, view.lang, view.near)


def _doubt_view(
    known: KnownDoubts,
    party: Party,
    doubt: EntryDoubt,
    signers: Sequence[KeyId],
    delivered: datetime | None = None,
) -> Doubt:
    since = doubt.begin(party)
    accepted = known.accepted.get(since) if since else None
    return Doubt(
        key=doubt.key,
        since=str(since or ""),
        word=doubt.word,
        party=party,
        signature=signature_in_doubt(doubt, signers),
        at=instant(accepted) if accepted else None,
        delivered=delivered,
    )


def doubt_at(
    known: KnownDoubts, position: Position, delivered: datetime | None = None
) -> Doubt | None:
    """Return the view of the doubt about an entry of a shared log; None without doubt."""
    doubt = known.of(position)
    if doubt is None:
        return None
    signers = known.entries[position].signed.signers
    return _doubt_view(known, position.party, doubt, signers, delivered)


def private_doubt(known: KnownDoubts, envelope: bytes, by: KeyId, own: int) -> Doubt | None:
    """Return the view of the doubt about a private entry; arguments as in `KnownDoubts`."""
    doubt = known.privately(envelope, by, own)
    if doubt is None:
        return None
    return _doubt_view(known, party_of(by), doubt, (by, *further_signers(envelope, by)))


def doubt_word(known: KnownDoubts, number: str, view: Viewpoint) -> str:
    """Return the word next to an entry's number, such as `EU-877 Q1`; empty without doubt."""
    word = word_at(known, number)
    return view.t.label("doubt", word) if word else ""


def doubts_text(known: KnownDoubts, view: Viewpoint) -> str:
    """Return the numbers of entries in doubt of each side, for figures about entries.

    Empty without any.
    """
    counts = dict.fromkeys(PARTIES, 0)
    for position, each in known.entries.items():
        counts[position.party] += each.doubt.word != "confirmed"
    return view.t.gettext("doubted.counted", **counts) if any(counts.values()) else ""


def word_at(known: KnownDoubts, number: str) -> Word | None:
    """Return what an entry is, by its number; None without doubt, or for another number."""
    doubt = doubt_of_number(known, number) if known.entries else None
    return doubt.word if doubt else None


def doubt_of_number(known: KnownDoubts, number: str) -> Doubt | None:
    """Return the doubt about an entry, by its number, also of a question: `EU-877 Q1`."""
    try:
        return doubt_at(known, Position.parse(number.partition(" ")[0]))
    except Malformed:
        return None
