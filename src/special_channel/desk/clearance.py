"""Clearance: a signed draft is laid before a second official, who signs the same bytes.

Nothing of it is in the shared log before both signatures are. Does not decide which kinds
need it: the charter's release rule does, and the judge holds to it.
"""

from __future__ import annotations

from datetime import datetime

from special_channel.core import parts
from special_channel.core.entries import DraftCleared, DraftReturned
from special_channel.core.errors import BadSignature, Malformed
from special_channel.core.ids import EntryId, KeyId
from special_channel.core.submission import Submission, read
from special_channel.ports.people import Clearance, Clearances


async def lay_before(
    clearances: Clearances, submission: Submission, by: KeyId, now: datetime
) -> Clearance:
    """Keep a draft for a second official.

    Raises:
        Malformed: The codes of `read`.
        BadSignature: `signature-missing` if the sender has not signed it.
    """
    incoming = read(submission, whole=True)
    if incoming.entry.by != by or by not in incoming.signers:
        raise BadSignature("signature-missing", "The draft is not signed by its sender.")
    made = Clearance(
        id=incoming.id,
        envelope=submission.envelope,
        parts=tuple(part for part in submission.parts if part is not None),
        by=by,
        at=now,
        state="waiting",
    )
    await clearances.put(made)
    return made


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
