"""Grants of access to overseers and services: payloads, and the acts that make grants (K29).

A grant waits with the node until a second overseer has signed the same bytes, refuses it, or its
first signer takes it back. No step is an `act.recorded`: heads and registrars read that journal,
and see nothing of access. Does not judge: the private log's judge does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from special_channel.broker.act import Act, Decide
from special_channel.broker.commit import Heads
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import BadSignature, Malformed, RuleBroken
from special_channel.core.bytes.ids import EntryId, KeyId, PersonId, party_of
from special_channel.core.bytes.times import instant
from special_channel.core.entries import AccessGranted, Entry
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rows.submission import Submission, read
from special_channel.core.rows.writing import Signer
from special_channel.core.rules.state import person_key
from special_channel.desk.act_steps import (
    Closing,
    Outcome,
    check_open,
    check_other,
    check_single,
    closed,
    find,
    merged_envelope,
    signed_second,
)
from special_channel.desk.payloads import Author, signed
from special_channel.ports import Clock, Transaction
from special_channel.stores import acts as stored
from special_channel.stores.acts import AccessActRows, ActRow

LIFE: Final = timedelta(days=14)
"""How long a grant waits for its second signature: overseers are few, and often elsewhere."""

MOST_WAITING: Final = 20
"""Grants of one overseer that wait for a second signature at a time: a page of them."""


@dataclass(frozen=True, slots=True)
class AccessActs:
    """Appends grants of access; stores a grant that lacks a second signature."""

    append: Callable[[Decide], Awaitable[list[Accepted]]]
    rows: AccessActRows
    clock: Clock

    async def offer(self, sent: Submission, by: KeyId) -> Outcome:
        """Begin a grant with its first signature; append it at once if its signatures suffice.

        `by`: key of who sends it; a grant waits only if its sender has signed it. Parts of the root
        need no second overseer.

        Raises:
            RuleBroken: `kind-other-log` for another kind; `act-over`; `access-waiting` beyond
                `MOST_WAITING` grants; `act-waits` if the same grant waits; the judge's codes.
            Malformed: As `check_grant`.
            BadSignature, NotAllowed: `signature-missing`, and the judge's codes.
        """
        incoming = read(sent, whole=True)
        entry = incoming.entry
        if not isinstance(entry, AccessGranted):
            raise RuleBroken("kind-other-log", "This kind grants no access.", kind=entry.kind)
        now = self.clock.now()
        act = ActRow(
            id=incoming.id,
            kind=entry.kind,
            person=entry.body.person or "",
            key=entry.body.key or "",
            envelope=sent.envelope,
            parts=(),
            reason="",
            by=by,
            at=now,
            expires=now + LIFE,
        )
        return await self._go_on(act, by, begins=True)

    async def sign(self, id_: EntryId, envelope: bytes, by: KeyId) -> Outcome:
        """Add a second overseer's signature to a grant that waits, and append it.

        Raises:
            NotFound: `act-absent`.
            Malformed: `act-differs`; as `check_grant`.
            NotAllowed: `act-own` for an overseer who signed before.
            RuleBroken: `act-over`.
            Refused: The judge's codes.
        """
        act = await find(self.rows, id_)
        return await self._go_on(signed_second(act, envelope, by), by)

    async def close(self, id_: EntryId, state: Closing, by: KeyId) -> ActRow:
        """Close a grant that waits: a second overseer refuses it, or its first one takes it back.

        Raises:
            NotFound: `act-absent`.
            RuleBroken: `act-over`.
        """
        act = await find(self.rows, id_)

        async def decide(transaction: Transaction, _heads: Heads) -> Act:
            nonlocal act
            act = shut = await closed(transaction, act, state, by, self.clock.now())
            return Act(effect=lambda moved: stored.put(moved, shut))

        await self.append(decide)
        return act

    async def waiting(self) -> Sequence[ActRow]:
        """Return the grants that wait for a second signature, oldest first."""
        return await self.rows.waiting(self.clock.now())

    async def _go_on(self, act: ActRow, by: KeyId, *, begins: bool = False) -> Outcome:
        outcome = Outcome(act)
        alone = False

        async def decide(transaction: Transaction, _heads: Heads) -> Act | None:
            nonlocal outcome, alone
            now = self.clock.now()
            held = await check_open(transaction, act, now)
            # Sent again: the same answer, and nothing written (P2).
            if held is not None and (held.state == "done" or (begins and held.by == by)):
                outcome = Outcome(held)
                return None
            whole = replace(held or act, envelope=merged_envelope(held, act))
            entry = read(Submission(whole.envelope), whole=True).entry
            await check_grant(transaction, entry, now)
            rows = await _signers(transaction, whole)
            check_other(held, rows.get(by), (row for key, row in rows.items() if key != by))
            # Another overseer's first signature may have come since: then both are tried.
            if alone and held is None:
                await check_single(transaction, entry, now)
                await _check_waiting(transaction, rows[by].person, now)
                outcome = Outcome(whole)
                return Act(effect=lambda moved: stored.put(moved, whole))
            alone = held is None and by in rows and len(_persons(rows)) == 1
            done = replace(whole, state="done", closed=now, closed_by=by)
            outcome = Outcome(done)
            return Act(
                private=[Submission(whole.envelope)],
                effect=lambda moved: stored.put(moved, done),
            )

        try:
            accepted = await self.append(decide)
        except BadSignature as error:
            # One overseer alone, and the judge found nothing else at fault: the grant waits.
            if error.code != "signature-missing" or not alone:
                raise
            accepted = await self.append(decide)
        return Outcome(outcome.act, accepted[0] if accepted else None)


async def check_grant(transaction: Transaction, entry: Entry, now: datetime) -> None:
    """Refuse a grant of access that admits nobody, at every door and for every signer.

    Does nothing for another entry. The judge reads no clock, and knows no page's choice of
    readers.

    Raises:
        Malformed: `access-until` for a time that has passed; `access-reader` for a person of our
            side who is no overseer alone.
    """
    if not isinstance(entry, AccessGranted):
        return
    check_until(instant(entry.body.until), now)
    if entry.body.person is None:
        return  # the judge knows our side's services
    key = person_key(party_of(entry.by), entry.body.person)
    row = (await transaction.rows(frozenset({key}))).get(key)
    grants = row.grants if isinstance(row, PersonRow) else ()
    # A person with a further function reads by that function.
    if {grant.role for grant in grants if grant.end is None} != {"oversight"}:
        raise Malformed("access-reader", "Choose an overseer or a service.", field="reader")


def check_until(until: datetime, now: datetime) -> None:
    """Refuse an access with its end before its begin.

    Raises:
        Malformed: `access-until`.
    """
    if until <= now:
        raise Malformed("access-until", "The access would end before it begins.", field="until")


async def _check_waiting(transaction: Transaction, person: PersonId, now: datetime) -> None:
    """Refuse a further waiting grant of an overseer, by any of the overseer's keys.

    Raises:
        RuleBroken: `access-waiting`.
    """
    begun = [act.by for act in await stored.waiting_of(transaction, stored.ACCESS, now)]
    rows = await transaction.rows(frozenset(("key", key) for key in begun))
    firsts = [rows.get(("key", key)) for key in begun]
    check_room(sum(isinstance(row, KeyRow) and row.person == person for row in firsts))


def check_room(own: int) -> None:
    """Refuse one more grant of an overseer of whom `own` wait already.

    Raises:
        RuleBroken: `access-waiting`.
    """
    if own >= MOST_WAITING:
        raise RuleBroken(
            "access-waiting", "Too many grants of this overseer wait.", limit=MOST_WAITING
        )


def _persons(rows: Mapping[KeyId, KeyRow]) -> set[PersonId]:
    return {row.person for row in rows.values()}


async def _signers(transaction: Transaction, act: ActRow) -> dict[KeyId, KeyRow]:
    keys = [signature.keyid for signature in dsse.decode(act.envelope).signatures]
    rows = await transaction.rows(frozenset(("key", key) for key in keys))
    found = {key: rows.get(("key", key)) for key in keys}
    return {key: row for key, row in found.items() if isinstance(row, KeyRow)}


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
    """Grant access, as the first of two overseers."""
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
