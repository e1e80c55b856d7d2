"""Doubt about keys, and entries that it makes disputed (K20 to K23 of docs/rules.md).

A disputed entry keeps every effect, so neither judge nor fold asks here, except for the review of
disputed entries. Pages, exports and the verifier use the same functions.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias

import orjson

from special_channel.core.bytes.ids import EntryId, KeyId, Party, Position
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow

Word = Literal["disputed", "confirmed", "disowned"]
"""What an entry in doubt is: not reviewed yet, or the word of its last review."""

Signature = Literal["author", "further", "one"]
"""Whose signature is in doubt: its author's, a further signer's, or one of several, once lifted."""

_KEY: Final = re.compile(r"(eu|cn):[0-9a-f]{32}")

_FAR: Final = 2**53
"""An index beyond every log."""


@dataclass(frozen=True, slots=True)
class Span:
    """Indexes of its own log in which a key is in doubt: from `first` to before `end`.

    `since`: index from which its side states the doubt, which may be before `first`.
    """

    since: int
    first: int
    end: int = _FAR

    def holds(self, index: int) -> bool:
        """Return whether an index is in doubt."""
        return self.first <= index < self.end


Spans: TypeAlias = tuple[Span, ...]


class KeyDoubt(NamedTuple):
    """A signer in doubt, and the index from which its side states the doubt."""

    since: int
    key: KeyId


def doubtful_from(key: KeyRow) -> int | None:
    """Return the index of its own log from which a key is doubtful; None without doubt (K20)."""
    stated = [stop.since for stop in key.stops if stop.restored is None]
    since = min((at for at in (*stated, key.since) if at is not None), default=None)
    # Doubt from before the enrolment means the enrolment (K13).
    return None if since is None else max(since, key.enrolled)


@dataclass(frozen=True, slots=True)
class Doubts:
    """Indexes in doubt of all keys that are doubtful after the known entries."""

    spans: Mapping[KeyId, Spans]

    @classmethod
    def of(cls, keys: Iterable[KeyRow], parties: Iterable[PartyRow]) -> Doubts:
        """Return the doubt that rows of keys, and root sets of parties, state."""
        spans: dict[KeyId, Spans] = {}
        for key in keys:
            since = doubtful_from(key)
            if since is not None:
                # An enrolment is disputed through those who confirmed it, never through its own
                # key, which signs there for the first time (K21).
                spans[key.key] = (Span(since, max(since, key.enrolled + 1)),)
        for party in parties:
            spans.update(_root_spans(party))
        return cls(spans)

    def since(self, signers: Iterable[KeyId], index: int) -> KeyDoubt | None:
        """Return a signer in doubt at an index; None without one.

        Of several the one in doubt for longest, then with the smallest key id. `index`: of a
        private entry the size of its side's shared log in its past.
        """
        found = (
            KeyDoubt(span.since, key)
            for key in signers
            for span in self.spans.get(key, ())
            if span.holds(index)
        )
        return min(found, default=None)

    def first(self, row: KeyRow) -> int | None:
        """Return the index from which a key, or a root part, is doubtful; None without doubt."""
        # What later root sets state of earlier ones is about no part that was enrolled since.
        stated = (span.since for span in self.spans.get(row.key, ()) if span.end > row.enrolled)
        since = min(stated, default=None)
        return None if since is None else max(since, row.enrolled)

    def counts(self, review: ReviewRow | None) -> bool:
        """Return whether a review counts: its own key is not in doubt where it was signed.

        Otherwise a second stolen key could confirm what the first one signed.
        """
        return review is not None and self.since([review.by], review.index) is None


def _root_spans(party: PartyRow) -> dict[KeyId, Spans]:
    """Return the indexes in doubt of root parts, by the sets that stated `since` (K14)."""
    stated = tuple(
        Span(roots.since, roots.since, roots.index)
        for roots in party.roots
        if roots.since is not None
    )
    return {key: stated for roots in party.roots for key in roots.keys} if stated else {}


@dataclass(frozen=True, slots=True)
class EntryDoubt:
    """The doubt about an entry: the key, the index from which it is doubtful, and the word.

    `key` is empty if the doubt was lifted after its side disowned the entry.
    """

    key: KeyId | Literal[""]
    since: int
    word: Word

    def begin(self, party: Party) -> Position | None:
        """Return the entry of its side from which the key is doubtful; None once lifted."""
        return Position(party, self.since) if self.key else None

    def stated(self, party: Party) -> dict[str, str]:
        """Return the doubt as programs read it: `key`, `since` by number, and `word`."""
        return {"key": self.key, "since": str(self.begin(party) or ""), "word": self.word}


def doubt_of(
    signers: Iterable[KeyId], index: int, doubts: Doubts, review: ReviewRow | None
) -> EntryDoubt | None:
    """Return the doubt about an entry; None without one (K21).

    Args:
        signers: Author and further signers.
        index: As in `Doubts.since`.
        doubts: Doubt about these keys.
        review: The entry's last review.
    """
    word: Word = review.word if review is not None and doubts.counts(review) else "disputed"
    found = doubts.since(signers, index)
    if found is not None:
        return EntryDoubt(found.key, found.since, word)
    # What a side disowned stays disowned, also if the key is restored later.
    return EntryDoubt("", -1, word) if word == "disowned" else None


def signature_in_doubt(doubt: EntryDoubt, signers: Sequence[KeyId]) -> Signature:
    """Return whose signature a doubt is about. `signers`: author first, then further signers."""
    if doubt.key:
        return "author" if doubt.key == signers[0] else "further"
    return "author" if len(signers) == 1 else "one"


def is_disputed(
    signers: Iterable[KeyId], index: int, doubts: Doubts, review: ReviewRow | None = None
) -> bool:
    """Return whether an entry is disputed: in doubt, and not reviewed (K21)."""
    doubt = doubt_of(signers, index, doubts, review)
    return doubt is not None and doubt.word == "disputed"


def enrolled_in_doubt(key: KeyRow, doubts: Doubts) -> bool:
    """Return whether somebody confirmed a key's enrolment with a key in doubt (K23)."""
    return doubts.since(key.confirmed, key.enrolled) is not None


def further_signers(envelope: bytes, by: KeyId) -> tuple[KeyId, ...]:
    """Return the signers of an envelope next to its author, in ascending order.

    An envelope that can't be read has none.
    """
    # Most envelopes have one signature, and need no parsing: base64 contains no quotation mark.
    if envelope.count(b'"keyid"') < 2:  # noqa: PLR2004
        return ()
    try:
        signed = {str(each["keyid"]) for each in orjson.loads(envelope)["signatures"]}
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return ()  # a malformed entry of the peer, which has no effect
    # A hostile peer may name anything, such as a character that no database takes.
    return tuple(sorted(key for key in signed - {by} if _KEY.fullmatch(key)))


def keys_in_doubt(signers: Collection[KeyId], index: int, doubts: Doubts) -> Collection[KeyId]:
    """Return the signers that put an entry in doubt; without doubt any more, all signers."""
    return [key for key in signers if doubts.since([key], index) is not None] or signers


def persons_in_doubt(
    signers: Collection[KeyId], index: int, doubts: Doubts, rows: Mapping[KeyId, KeyRow]
) -> frozenset[str]:
    """Return the persons whose keys put an entry in doubt.

    Without doubt any more, the persons who signed. Machines and the root are no persons.
    """
    found = (rows.get(key) for key in keys_in_doubt(signers, index, doubts))
    return frozenset(row.person for row in found if row is not None and row.person)


def party_keys(keys: Iterable[KeyRow], party: Party) -> list[KeyRow]:
    """Return the doubtful keys of a party, first doubt first."""
    found = [
        (since, row.key, row)
        for row in keys
        if row.party == party and (since := doubtful_from(row)) is not None
    ]
    return [row for _, _, row in sorted(found, key=lambda each: each[:2])]


# All entries in doubt ------------------------------------------------------------------


class SignedEntry(NamedTuple):
    """A valid entry of a shared log, with its author and further signers."""

    id: EntryId
    position: Position
    signers: tuple[KeyId, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class DoubtedEntry:
    """An entry of a shared log in doubt, or disowned.

    Attributes:
        persons: Whose keys put it in doubt; empty for machines and the root.
        review: Its last review.
    """

    signed: SignedEntry
    doubt: EntryDoubt
    persons: frozenset[str] = frozenset()
    review: ReviewRow | None = None


@dataclass(frozen=True, slots=True)
class KnownDoubts:
    """All doubt of a record at one moment.

    Attributes:
        keys: Doubtful keys.
        entries: Entries in doubt by position, confirmed ones included, in the order of each log.
        accepted: Times of the entries from which keys are doubtful.
        unreviewed: Number of a side's disputed entries by person; by an empty person, of all.
    """

    doubts: Doubts = field(default_factory=lambda: Doubts({}))
    keys: tuple[KeyRow, ...] = ()
    entries: Mapping[Position, DoubtedEntry] = field(default_factory=dict)
    accepted: Mapping[Position, str] = field(default_factory=dict)
    unreviewed: Mapping[tuple[Party, str], int] = field(default_factory=dict)

    @classmethod
    def found(
        cls,
        doubts: Doubts,
        keys: Iterable[KeyRow],
        signed: Iterable[SignedEntry],
        reviews: Mapping[EntryId, ReviewRow],
    ) -> KnownDoubts:
        """Return the doubt about entries, which may hold more than those in doubt."""
        rows = {row.key: row for row in keys}
        entries: dict[Position, DoubtedEntry] = {}
        unreviewed: Counter[tuple[Party, str]] = Counter()
        for each in sorted(signed, key=lambda each: each.position):
            review, index = reviews.get(each.id), each.position.index
            doubt = doubt_of(each.signers, index, doubts, review)
            if doubt is not None:
                persons = persons_in_doubt(each.signers, index, doubts, rows)
                entries[each.position] = DoubtedEntry(each, doubt, persons, review)
                if doubt.word == "disputed":
                    unreviewed.update((each.position.party, one) for one in {"", *persons})
        return cls(doubts, tuple(rows.values()), entries, unreviewed=unreviewed)

    def of(self, position: Position) -> EntryDoubt | None:
        """Return the doubt about an entry of a shared log; None without one, or confirmed."""
        found = self.entries.get(position)
        return None if found is None or found.doubt.word == "confirmed" else found.doubt

    def privately(self, envelope: bytes, by: KeyId, own: int) -> EntryDoubt | None:
        """Return the doubt about a private entry.

        `own`: size of its side's shared log in its past (K20).
        """
        if not self.doubts.spans:
            return None
        return doubt_of((by, *further_signers(envelope, by)), own, self.doubts, None)

    def disputed(self, positions: Iterable[Position]) -> int:
        """Count the entries that are disputed or disowned; repeated ones count once."""
        if not self.entries:
            return 0
        return sum(self.of(position) is not None for position in set(positions))

    def count_to_review(self, party: Party, person: str = "") -> int:
        """Count a side's disputed entries, or a person's alone, as `to_review` lists them."""
        return self.unreviewed.get((party, person), 0)

    def to_review(self, party: Party, person: str = "") -> list[DoubtedEntry]:
        """Return a side's disputed entries, or a person's alone, in the order of the log."""
        return [
            each
            for each in self.entries.values()
            if each.doubt.word == "disputed"
            and each.signed.position.party == party
            and (not person or person in each.persons)
        ]


NO_DOUBT: Final = KnownDoubts()
