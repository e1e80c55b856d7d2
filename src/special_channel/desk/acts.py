"""Acts on people: begin one, sign second, refuse, take back (docs/rules.md, K4, K8).

An act is an entry of the shared log, stored at once if its signatures suffice. Otherwise the act
waits here until other persons have signed the same bytes. The judge decides whether an act waits;
an act that further signatures can't make valid is refused when it begins. Every step writes
`act.recorded` in the private log, in the same transaction. Does not authenticate persons: `web/`
does.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from special_channel.broker.act import Act
from special_channel.broker.append import Appender
from special_channel.broker.commit import Heads
from special_channel.broker.identity import Identity
from special_channel.broker.node_entries import NodeEntrySigner
from special_channel.broker.trial import Trial, try_entry
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import BadSignature, NotAllowed
from special_channel.core.bytes.ids import EntryId, KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import EntryReviewed
from special_channel.core.kinds.kind import Case
from special_channel.core.kinds.reviews import none_of_two
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.submission import Authored, Incoming, Submission, read
from special_channel.core.rules.persons import ACTS as PERSON_RULES
from special_channel.core.rules.persons import may_sign_act
from special_channel.core.rules.signing_keys import new_key
from special_channel.desk.act_door import MAX_AN_HOUR, check_door
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
from special_channel.desk.act_words import ACTS, Step, check_reason, journal_word, target_of
from special_channel.desk.journal import recorded
from special_channel.desk.succession import check_holders
from special_channel.ports import Clock, Transaction
from special_channel.stores import acts as stored
from special_channel.stores.acts import ActRow, Acts
from special_channel.stores.key_holders import KeyHolders

ACT_LIFE: Final = timedelta(days=3)
"""How long an act waits for its signatures: a weekend and a day."""

LACKS: Final = frozenset({"persons-missing", "signature-missing", "suspend-limit"})
"""Codes of the judge that a further person's signature can lift."""

LACKS_OF_REVIEW: Final = LACKS | {"role", "clearance-missing"}
"""Of a review by leaders too: the second one lifts `role` (K22)."""


async def _nothing(_act: ActRow) -> None:
    return None


@dataclass(frozen=True, slots=True)
class ActDeps:
    """Dependencies of acts on people.

    `an_hour`: acts that may begin within an hour. `done`: called with every act once stored in the
    log, such as to end sessions. `holders`: keys held by every process of the node (K31).
    """

    acts: Acts
    appender: Appender
    identity: Identity
    clock: Clock
    life: timedelta = ACT_LIFE
    an_hour: int = MAX_AN_HOUR
    done: Callable[[ActRow], Awaitable[None]] = _nothing
    holders: KeyHolders | None = None


async def waiting(deps: ActDeps) -> Sequence[ActRow]:
    """Return the acts waiting for a signature, oldest first, with person and key."""
    return await deps.acts.waiting(deps.clock.now())


async def offer(
    deps: ActDeps, sent: Submission, by: KeyId, reason: str, sent_by: KeyId = ""
) -> Outcome:
    """Begin an act with its first signatures; store the act at once if the signatures suffice.

    Args:
        deps: The dependencies.
        sent: The entry with its signatures.
        by: Key of the person who begins the act; must be among the signers.
        reason: True reason of a stop, of our side's own list; stays here.
        sent_by: Key of the sender of an act first signed by a machine; may take the act back.

    Raises:
        Malformed: `act-reason`, and the codes of `submission.read`.
        BadSignature: `signature-missing`, `person-unseasoned`, and the judge's codes.
        NotAllowed: `act-unknown`, `act-second`, `cooling`.
        RuleBroken: `act-over` for an act that was refused or taken back; `act-waits` if an
            act with the same aim waits already.
        Refused: The judge's codes, unless further signatures can lift them.
        Unavailable: `directory-rate`, `checkpoint-key-absent`.
    """
    incoming = _read(sent, deps.identity)
    if by not in incoming.signers:
        raise BadSignature("signature-missing", "The act is not signed by who begins it.")
    check_reason(incoming.entry, reason)
    now = deps.clock.now()
    person, key = target_of(incoming.entry)
    act = ActRow(
        id=incoming.id,
        kind=incoming.entry.kind,
        person=person,
        key=key,
        envelope=sent.envelope,
        parts=tuple(part for part in sent.parts if part is not None),
        reason=reason,
        by=by,
        at=now,
        expires=now + deps.life,
        sent_by=sent_by,
    )
    return await _go_on(deps, act, by, begins=True)


async def sign(deps: ActDeps, id_: EntryId, envelope: bytes, by: KeyId) -> Outcome:
    """Add a person's signature to a waiting act; store the act if the signatures suffice.

    Raises:
        NotFound: `act-absent`.
        Malformed: `act-differs` if the bytes differ from the waiting act's.
        NotAllowed: `act-own` for a person who signed before.
        RuleBroken: `act-over`.
        Refused, Unavailable: As `offer`.
    """
    act = await find(deps.acts, id_)
    return await _go_on(deps, signed_second(act, envelope, by), by)


async def close(deps: ActDeps, id_: EntryId, state: Closing, by: KeyId) -> ActRow:
    """Close a waiting act: a second person refuses the act, or its author takes it back.

    Raises:
        NotFound: `act-absent`.
        RuleBroken: `act-over`.
    """
    act = await find(deps.acts, id_)

    async def decide(transaction: Transaction, heads: Heads) -> Act:
        nonlocal act
        act = shut = await closed(transaction, act, state, by, deps.clock.now())
        note = _recorded(deps, heads, shut, state)
        return Act(private=[note], effect=lambda moved: stored.put(moved, shut), may_follow=True)

    await deps.appender.perform(decide)
    return act


async def _go_on(deps: ActDeps, act: ActRow, by: KeyId, *, begins: bool = False) -> Outcome:
    """Try an act under the lock; store its entry, or let the act wait for more signatures."""
    outcome = Outcome(act)

    async def decide(transaction: Transaction, heads: Heads) -> Act | None:
        nonlocal outcome
        held = await check_open(transaction, act, deps.clock.now())
        # Sent again: the same answer, and nothing written (P2).
        if held is not None and (held.state == "done" or (begins and held.by == by)):
            outcome = Outcome(held)
            return None
        # Reason, parts and times are those of who began it, whatever came with a later signature.
        merged = replace(held or act, envelope=merged_envelope(held, act))
        incoming = read(Submission(merged.envelope, merged.parts), whole=True)
        lacks = LACKS_OF_REVIEW if isinstance(incoming.entry, EntryReviewed) else LACKS
        trial = await try_entry(transaction, heads, deps.identity, incoming, lacks)
        _check_other(held, trial, by)
        most = deps.an_hour if held is None else None
        await check_door(transaction, trial, deps.clock.now(), most)
        await check_holders(transaction, incoming.entry, deps.clock.now())
        if trial.lack is not None:
            _check_counts(trial, by)
            if held is None:
                await check_single(transaction, incoming.entry, deps.clock.now())
            outcome = Outcome(merged)
            return _wait(deps, heads, merged, new=held is None)
        done = replace(merged, state="done", closed=deps.clock.now(), closed_by=by)
        outcome = Outcome(done)
        return _store(deps, heads, done, trial)

    accepted = await deps.appender.act(decide)
    if outcome.act.state != "done":
        return outcome
    if not accepted:
        # Done before: a retry gets the same receipt (P2), and nothing follows a second time. Else
        # whoever sends an old stop again would sign out a person whose keys are restored.
        stands = outcome.act
        accepted = await deps.appender.submit([Submission(stands.envelope, stands.parts)])
    else:
        await deps.done(outcome.act)
    return Outcome(outcome.act, accepted[0])


def _check_other(held: ActRow | None, trial: Trial, by: KeyId) -> None:
    signatures = dsse.decode(held.envelope).signatures if held else ()
    before = (trial.context.key(one.keyid) for one in signatures)
    check_other(held, trial.context.key(by), before)


def _check_counts(trial: Trial, by: KeyId) -> None:
    """Refuse a signature of no use: the act would wait in vain.

    Raises:
        BadSignature: `person-unseasoned`.
        NotAllowed: `own-grant`, `suite-policy`, `act-second`.
    """
    row = trial.context.key(by)
    code = _why_not(trial, row)
    if code == "person-unseasoned":
        raise BadSignature(code, "The other side does not know this person or key yet.")
    if code == "own-grant":
        raise NotAllowed(code, "Nobody grants a function to the own person.")
    if code == "suite-policy":
        raise NotAllowed(
            code,
            "The charter allows a role needed no keys of this suite.",
            suite=row.suite if row else "",
        )
    if code is not None:
        raise NotAllowed("act-second", "The signature of this person counts for nothing here.")


def _why_not(trial: Trial, row: KeyRow | None) -> str | None:
    """Return why a key's signature is of no use, in the judge's words; None for a useful signature.

    None also without a rule of persons: for the stop of a key, or the enrolment of the own key.
    """
    entry = trial.candidate.entry
    if isinstance(entry, EntryReviewed):
        case = Case(trial.candidate, trial.past, trial.context, trial.charter)
        besides = none_of_two(entry, case)
    else:
        besides = frozenset()
    if row is None or not row.person:
        return "role" if entry.kind == "entry.reviewed" else None
    if entry.kind not in PERSON_RULES.keys() | {"entry.reviewed"}:
        return None
    others = trial.candidate.signed - {row.key, new_key(entry)}
    return may_sign_act(entry, others, row, trial.past, trial.context, besides=besides)


def _wait(deps: ActDeps, heads: Heads, act: ActRow, *, new: bool) -> Act:
    note = _recorded(deps, heads, act, "asked" if new else "signed")
    return Act(private=[note], effect=lambda held: stored.put(held, act), may_follow=True)


def _store(deps: ActDeps, heads: Heads, act: ActRow, trial: Trial) -> Act:
    entry = Authored(read(Submission(act.envelope, act.parts), whole=True), trial.candidate.signed)
    return Act(
        shared=[entry],
        private=[_recorded(deps, heads, act, "done")],
        effect=lambda held: stored.put(held, act),
        may_follow=True,
    )


def _recorded(deps: ActDeps, heads: Heads, act: ActRow, step: Step) -> Authored:
    return recorded(
        NodeEntrySigner(deps.identity, heads, timestamp(deps.clock.now())),
        journal_word(act.kind, step),
        person=act.person,
        key=act.key,
        of=act.id,
        reason=act.reason if step == "done" else "",
    )


def _read(sent: Submission, identity: Identity) -> Incoming:
    incoming = read(sent, whole=True)
    if incoming.entry.kind not in ACTS:
        raise NotAllowed("act-unknown", "This kind is no act on people.", kind=incoming.entry.kind)
    if incoming.entry.log != identity.origin(identity.party):
        raise NotAllowed("entry-other-log", "The entry is meant for another log.")
    return incoming
