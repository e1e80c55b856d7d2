"""Release: a signed draft is sent to a second official, who signs the same bytes.

Nothing of it is in the shared log before both signatures are. Does not decide which kinds
need it: the charter's release rule does, and the judge holds to it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from special_channel.core import parts
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.ids import EntryId, KeyId, Party
from special_channel.core.roles import MAY_SIGN, STATED_BY
from special_channel.core.submission import Submission, read
from special_channel.ports.people import Clearance, Clearances


@dataclass(frozen=True, slots=True)
class Sender:
    """Who sends a draft for release: the key, its role, the side and the log that it writes."""

    key: KeyId
    role: str
    party: Party
    log: str


async def lay_before(
    clearances: Clearances, submissions: Sequence[Submission], by: Sender, now: datetime
) -> list[Clearance]:
    """Keep drafts of one act for a second official: all, or none.

    What its sender may never state is not laid before anybody. All else is judged once both
    signatures are there, against what stands in the logs by then.

    Raises:
        Malformed: The codes of `read`.
        BadSignature: `signature-missing` if the sender has not signed it.
        RuleBroken: `entry-other-log`, `release-limit`.
        NotAllowed: `owner`, `role`.
    """
    made = [_draft(submission, by, now) for submission in submissions]
    await clearances.put(made)
    return made


def _draft(submission: Submission, by: Sender, now: datetime) -> Clearance:
    incoming = read(submission, whole=True)
    entry = incoming.entry
    if entry.by != by.key or by.key not in incoming.signers:
        raise BadSignature("signature-missing", "The draft is not signed by its sender.")
    if entry.log != by.log:
        raise RuleBroken("entry-other-log", "The entry is meant for another log.", log=entry.log)
    if STATED_BY.get(entry.kind, by.party) != by.party:
        raise NotAllowed("owner", "This is the other side's to state.")
    if by.role not in MAY_SIGN[entry.kind]:
        raise NotAllowed("role", "The role of this key does not allow this kind.", kind=entry.kind)
    return Clearance(
        id=incoming.id,
        envelope=submission.envelope,
        parts=tuple(part for part in submission.parts if part is not None),
        by=by.key,
        at=now,
        state="waiting",
    )


def noted(
    note: Submission, kind: type[DraftCleared | DraftReturned], draft: EntryId, by: KeyId
) -> str:
    """Check what an official says of a draft in the private log; return the words of it.

    Raises:
        Malformed: The codes of `read`; `clearance-differs` if it is about another draft.
        BadSignature: `signature-missing` if another than the sender signed it.
    """
    incoming = read(note, whole=True)
    if not isinstance(incoming.entry, kind) or incoming.entry.body.id != draft:
        raise Malformed("clearance-differs", "This is not said of the draft.")
    if incoming.entry.by != by:
        raise BadSignature("signature-missing", "The remark is not signed by its sender.")
    said = [parts.parse(part) for part in note.parts if part is not None]
    return "\n\n".join(part.text for part in said if isinstance(part, parts.TextPart))
