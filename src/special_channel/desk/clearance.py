"""Release by a second official, who signs the same bytes as the sender of a draft.

A draft enters the shared log with both signatures only. Does not decide which kinds need a
release: the charter's release rule does, and the judge enforces the rule.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from special_channel.core.bytes import parts
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import EntryId, GrantNumber, KeyId, Party, Role
from special_channel.core.entries import DraftChecked, DraftCleared, DraftReturned
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rules.roles import MAY_SIGN, STATED_BY
from special_channel.stores.clearances import Clearance, Clearances


@dataclass(frozen=True, slots=True)
class Sender:
    """Sender of a draft for release: key, side, and the log to write to.

    `roles`: roles of the functions in force that the key may use, by the number of the grant.
    """

    key: KeyId
    roles: Mapping[GrantNumber, Role]
    party: Party
    log: str


async def queue_for_release(
    clearances: Clearances,
    submissions: Sequence[Submission],
    by: Sender,
    now: datetime,
    route: Callable[[Sequence[Clearance]], Awaitable[None]] | None = None,
    form: str = "",
) -> list[Clearance]:
    """Queue all drafts of one act for a second official, or none.

    `route` places drafts on sign-off routes before they are queued. `form`: what the author of
    several drafts had typed (`Clearance.form`).

    Rejects drafts that the sender may never state. The judge checks all other rules once both
    signatures exist, against the logs at that time.

    Raises:
        Malformed: The codes of `read`.
        BadSignature: `signature-missing` without the sender's signature.
        RuleBroken: `entry-other-log`, `release-limit`.
        NotAllowed: `owner`, `grant-ended`, `role`.
    """
    drafts = [signed_draft(submission, by, now) for submission in submissions]
    if len(drafts) > 1:
        first = drafts[0].id
        drafts = [replace(draft, act=first, place=n) for n, draft in enumerate(drafts)]
        drafts[0] = replace(drafts[0], form=form)
    if route is not None:
        await route(drafts)
    await clearances.put(drafts)
    return drafts


def signed_draft(submission: Submission, by: Sender, now: datetime) -> Clearance:
    """Return a draft to be queued; raises as `queue_for_release`."""
    incoming = read(submission, whole=True)
    entry = incoming.entry
    if entry.by != by.key or by.key not in incoming.signers:
        raise BadSignature("signature-missing", "The draft is not signed by its sender.")
    if entry.log != by.log:
        raise RuleBroken("entry-other-log", "The entry is meant for another log.", log=entry.log)
    if STATED_BY.get(entry.kind, by.party) != by.party:
        raise NotAllowed("owner", "This is the other side's to state.")
    role = by.roles.get(entry.grant or 1)
    if role is None:
        raise NotAllowed("grant-ended", "The sender does not hold this function.")
    if role not in MAY_SIGN[entry.kind]:
        raise NotAllowed("role", "The role of this key does not allow this kind.", kind=entry.kind)
    return Clearance(
        id=incoming.id,
        envelope=submission.envelope,
        parts=tuple(part for part in submission.parts if part is not None),
        by=by.key,
        at=now,
        state="waiting",
    )


def draft_remark(
    note: Submission,
    kind: type[DraftChecked | DraftCleared | DraftReturned],
    draft: EntryId,
    by: KeyId,
) -> str:
    """Check an official's private entry about a draft; return its remark.

    Raises:
        Malformed: The codes of `read`; `clearance-differs` if the entry names another draft.
        BadSignature: `signature-missing` without the sender's signature.
    """
    incoming = read(note, whole=True)
    if not isinstance(incoming.entry, kind) or incoming.entry.body.id != draft:
        raise Malformed("clearance-differs", "This is not said of the draft.")
    if incoming.entry.by != by:
        raise BadSignature("signature-missing", "The remark is not signed by its sender.")
    texts = [parts.parse(part) for part in note.parts if part is not None]
    return "\n\n".join(part.text for part in texts if isinstance(part, parts.TextPart))
