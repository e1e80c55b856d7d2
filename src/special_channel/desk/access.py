"""Grants of access to overseers and services: payloads, and the first of two signatures (K29).

A grant waits with the node until a second overseer has signed the same bytes; the root's needs
none. Does not judge: the private log's judge does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import BadSignature, RuleBroken
from special_channel.core.bytes.ids import EntryId
from special_channel.core.entries import AccessEnded, AccessGranted
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import Signer
from special_channel.desk.payloads import Author, signed
from special_channel.ports import Clock, Transaction
from special_channel.stores.access import AccessGrants, WaitingGrant

WAITS: Final = timedelta(days=14)
"""How long a grant waits for its second signature."""


@dataclass(frozen=True, slots=True)
class AccessActs:
    """Appends grants and ends of access; stores a grant that lacks a second signature."""

    append: Callable[[Decide], Awaitable[list[Accepted]]]
    grants: AccessGrants
    clock: Clock

    async def offer(self, submission: Submission) -> list[Accepted]:
        """Append a grant or an end; store a grant with one signature, and return no receipt then.

        Raises:
            RuleBroken: `kind-other-log` for another kind; the judge's codes.
            BadSignature, NotAllowed: The judge's codes.
        """
        incoming = read(submission, whole=True)
        if not isinstance(incoming.entry, (AccessGranted, AccessEnded)):
            raise RuleBroken(
                "kind-other-log", "This kind grants no access.", kind=incoming.entry.kind
            )

        async def decide(_transaction: Transaction, _heads: Heads) -> Act:
            return Act(private=[submission])

        now = self.clock.now()
        try:
            receipts = await self.append(decide)
        except BadSignature as error:
            # One overseer alone: the judge found nothing else at fault.
            if error.code != "signature-missing" or len(incoming.signers) > 1:
                raise
            waiting = WaitingGrant(incoming.id, submission.envelope, incoming.entry.by, now)
            await self.grants.wait(waiting)
            return []
        await self.grants.drop(incoming.id, now - WAITS)
        return receipts

    async def waiting(self) -> Sequence[WaitingGrant]:
        """Return the grants that wait for a second signature, oldest first."""
        return await self.grants.waiting(self.clock.now() - WAITS)


@dataclass(frozen=True, slots=True)
class Scope:
    """What a grant covers: everything, or some threads, lists and days."""

    threads: tuple[str, ...] = ()
    batches: tuple[EntryId, ...] = ()
    days: tuple[str, str] | None = None


def access_body(
    reader: str, scope: Scope, until: str, purpose: str, order: str
) -> dict[str, Value]:
    """Return the body of `access.granted`; `reader` is a person's pseudonym or a key's id."""
    body: dict[str, Value] = {
        ("key" if ":" in reader else "person"): reader,
        "until": until,
        "purpose": purpose,
        "order": order,
    }
    if scope.threads:
        body["threads"] = list(scope.threads)
    if scope.batches:
        body["batches"] = list(scope.batches)
    if scope.days is not None:
        body["dates"] = {"first": scope.days[0], "last": scope.days[1]}
    return body


def access_granted(author: Author, body: dict[str, Value]) -> Submission:
    """Grant access, as the root's first part or the first of two overseers."""
    return signed(author, "access.granted", {"body": body})


def granted_by_root(author: Author, body: dict[str, Value], parts: Sequence[Signer]) -> Submission:
    """Grant access by parts of the root, the first of which is the author in place of `author`."""
    entry = access_granted(replace(author, signer=parts[0]), body)
    envelope = dsse.decode(entry.envelope)
    for part in parts[1:]:
        signature = dsse.Signature(part.key, part.private.sign(envelope.pae))
        envelope = envelope.with_signature(signature)
    return Submission(envelope.encode())


def access_ended(author: Author, grant: EntryId) -> Submission:
    """End a grant of access."""
    return signed(author, "access.ended", {"ref": grant, "body": {}})
