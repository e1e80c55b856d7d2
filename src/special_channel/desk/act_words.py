"""Which kinds are acts on people, their aims and reasons at home, and their journal words.

Does not store anything. The reasons never leave our side: the shared log says `stated-at-home`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.fields import Model
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId, party_of
from special_channel.core.entries import Entry, KeyEnrolled, MachineEnrolled
from special_channel.core.rows.directory import decoded_key

ACTS: Final = frozenset(
    {
        "role.granted",
        "role.ended",
        "person.left",
        "key.enrolled",
        "machine.enrolled",
        "key.suspended",
        "key.restored",
        "key.revoked",
        "charter.adopted",
        "entry.reviewed",
    }
)
"""Kinds that begin as an act on people. A charter, and a review of what others signed, need two
persons like these."""

REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "key.suspended": ("lost", "stolen", "suspected"),
    "key.restored": ("found", "mistaken"),
    "key.revoked": ("lost", "stolen", "replaced", "retired"),
}
"""True reasons of a stop of a person's key, by kind. The shared log says `stated-at-home`."""


@dataclass(frozen=True, slots=True)
class Aim:
    """Effect of an act. Of two acts with the same aim only the first is of use.

    Attributes:
        person, key: As `target_of`.
        ref: The suspension that a restoration lifts.
        grant: Number of the function that is given or ended.
        since: First index in doubt; an earlier one states more.
        stated: Body of one of the kinds `_WHOLE`.
    """

    kind: str
    person: PersonId = ""
    key: KeyId = ""
    ref: EntryId = ""
    grant: int | None = None
    since: int | None = None
    stated: Model | None = None


_WHOLE: Final = frozenset({"charter.adopted", "entry.reviewed", "access.granted"})
"""Kinds of which two acts have the same aim only if their whole bodies are equal."""

_MANY: Final = frozenset({"key.suspended", "key.revoked"})
"""Kinds of which a later act on the same key may state an earlier doubt."""

Step = Literal["asked", "signed", "done", "refused", "withdrawn"]


def check_reason(entry: Entry, reason: str) -> None:
    """Check the true reason of a stop: one of the kind's list, and none where none belongs.

    Raises:
        Malformed: `act-reason`.
    """
    at_home = getattr(entry.body, "reason", "") == "stated-at-home"
    allowed = REASONS.get(entry.kind, ()) if at_home else ("",)
    if reason not in allowed:
        raise Malformed("act-reason", "The reason is none of this act's.", reason=reason)


def target_of(entry: Entry) -> tuple[PersonId, KeyId]:
    """Return the person and the key acted on; empty if not named by the entry."""
    body = entry.body
    if isinstance(entry, KeyEnrolled):
        return entry.body.person, entry.by
    if isinstance(entry, MachineEnrolled):
        public = decoded_key(entry.body.public)
        return "", suites.key_id(party_of(entry.by), entry.body.suite, public)
    return getattr(body, "person", None) or "", getattr(body, "key", None) or ""


def aim_of(entry: Entry) -> Aim:
    """Return the aim of an act on people, or of a grant of access."""
    if entry.kind in _WHOLE:
        return Aim(entry.kind, stated=entry.body)
    person, key = target_of(entry)
    grant, since = (getattr(entry.body, name, None) for name in ("grant", "since"))
    if entry.kind not in _MANY:
        since = None
    # A reason and the details of a function distinguish nothing: a second act would be refused.
    return Aim(entry.kind, person, key, getattr(entry, "ref", "") or "", grant, since)


def journal_word(kind: str, step: Step) -> str:
    """Return the word of `act.recorded`, such as `key-revoked-asked`; done has no step."""
    word = kind.replace(".", "-")
    return word if step == "done" else f"{word}-{step}"


def of_word(word: str) -> tuple[str, Step] | None:
    """Return kind and step of a word of the journal; None for a word of something else."""
    for kind in ACTS:
        for step in ("asked", "signed", "done", "refused", "withdrawn"):
            if journal_word(kind, step) == word:
                return kind, step
    return None
