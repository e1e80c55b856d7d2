"""One-time codes for new keys: draw, replace, take back.

Each step writes a line of the journal in the same transaction. Stores a code's hash alone, so that
its text is never shown again. Does not ask who a person is, or whether a function is granted:
`web/` does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.commit import Heads
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.core.bytes.errors import NotFound, RuleBroken
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Authored
from special_channel.desk.enrolment import EnrolmentDeps, code_digest
from special_channel.desk.journal import recorded
from special_channel.ports import Transaction
from special_channel.stores.people import (
    Invitation,
    Official,
    put_invitation,
    take_back_invitation,
)

CODE_LIFE: Final = timedelta(days=3)
"""Lifetime of a one-time code: a weekend and a day."""

TOLD: Final = timedelta(days=14)
"""How long a code that lapsed is listed, so that a registrar sees why no key came."""


async def listed(deps: EnrolmentDeps) -> list[Invitation]:
    """Return the codes not used and not taken back, oldest first; lapsed ones for two weeks."""
    return [*await deps.enrolments.invitations(deps.clock.now() - TOLD)]


async def find(deps: EnrolmentDeps, number: int) -> Invitation:
    """Look up a code, unused and not taken back.

    Raises:
        NotFound: `invitation-absent`.
    """
    found = await deps.enrolments.invitation(number)
    if found is None:
        raise _absent(number)
    return found


async def draw(
    deps: EnrolmentDeps, official: Official, code: str, by: KeyId, instead: Invitation | None = None
) -> datetime:
    """Store a code for a person; return when it expires.

    Args:
        deps: The dependencies.
        official: Whom the code invites.
        code: The code.
        by: Key of who draws it.
        instead: The replaced code, no longer valid then.

    Raises:
        NotFound: `invitation-absent` if the other code was used or taken back meanwhile.
    """
    now = deps.clock.now()
    expires = now + CODE_LIFE

    async def write(transaction: Transaction) -> None:
        if instead is not None:
            await _take_back(transaction, instead, now)
        digest = code_digest(code)
        await put_invitation(transaction, digest, official.id, by, now, expires)

    def lines(signer: NodeEntrySigner) -> list[Authored]:
        facts = {"person": official.person, "key": by}
        drawn = recorded(signer, "code-drawn", **facts)
        if instead is None or instead.expires <= now:
            return [drawn]
        return [recorded(signer, "code-taken-back", **facts), drawn]

    await _perform(deps, write, lines, now)
    return expires


async def take_back(
    deps: EnrolmentDeps, invitation: Invitation, official: Official, by: KeyId
) -> None:
    """Take back an unused code: it enrols no key any more.

    Raises:
        NotFound: `invitation-absent` if it was used or taken back meanwhile.
    """
    now = deps.clock.now()

    async def write(transaction: Transaction) -> None:
        await _take_back(transaction, invitation, now)

    def lines(signer: NodeEntrySigner) -> list[Authored]:
        return [recorded(signer, "code-taken-back", person=official.person, key=by)]

    await _perform(deps, write, lines, now)


async def _take_back(transaction: Transaction, invitation: Invitation, now: datetime) -> None:
    if not await take_back_invitation(transaction, invitation.id, now):
        raise _absent(invitation.id)


def _absent(number: int) -> NotFound:
    return NotFound("invitation-absent", "This code was used or taken back.", number=number)


async def _perform(
    deps: EnrolmentDeps,
    write: Callable[[Transaction], Awaitable[None]],
    lines: Callable[[NodeEntrySigner], list[Authored]],
    now: datetime,
) -> None:
    """Change a code and write lines of the journal, both or neither."""

    async def decide(_transaction: Transaction, heads: Heads) -> Act:
        signed = lines(NodeEntrySigner(deps.identity, heads, timestamp(now))) if said else []
        return Act(private=signed, effect=write, may_follow=True)

    said = True
    try:
        await deps.acts.appender.perform(decide)
    except RuleBroken as error:
        if error.code != "entry-duplicate":
            raise
        # Twice in a second by one person: the entry that is there says it of both.
        said = False
        await deps.acts.appender.perform(decide)
