"""Who may sign an entry: keys and functions of step 6 of the judge, for every kind.

Order: each key stands; the parts of the root reach their threshold; the author's function allows
the kind. How many persons sign is in `rules/persons.py`. Does not verify signatures: `judge.prove`
does.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, Role, party_of
from special_channel.core.entries import (
    Entry,
    KeyEnrolled,
    MachineEnrolled,
    PartyFounded,
    RootsRotated,
    SharedEntry,
)
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.directory import (
    REFUSALS,
    Grant,
    KeyRow,
    PartyRow,
    PersonRow,
    decoded_key,
    root_keys,
)
from special_channel.core.rows.past import Past
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.roles import MAY_SIGN
from special_channel.core.rules.signing_keys import new_key, stated_key
from special_channel.core.rules.state import RowKey, Rows, person_key
from special_channel.core.rules.suite_policy import allows_suite


def check_key(suite: str, public: str) -> bytes:
    """Check the form of a new public key and return its bytes.

    Raises:
        Malformed: `key-malformed`, `suite-unsupported`.
        RuleBroken: `key-weak`.
    """
    data = decoded_key(public)
    suites.check_public(suite, data)
    return data


# Step 6 --------------------------------------------------------------------------------


def judge_signers(candidate: Candidate, past: Past, context: JudgeContext) -> None:
    """Refuse an entry whose signers may not write it.

    Raises:
        Malformed: `key-id`, and the codes of `check_key`.
        BadSignature: `key-unknown`, `key-suspended`, `key-revoked`, `person-ended`,
            `root-threshold`.
        NotAllowed: `role`, `grant-ended`, `grant-key`.
        RuleBroken: `key-known`.
    """
    entry = candidate.entry
    fresh = new_key(entry)
    for key in sorted(candidate.signed):
        if key == fresh:
            _judge_new_key(entry, past, context)
        elif stated_key(entry, key) is None:
            standing_key(context, key, past)
    if type(entry) is RootsRotated:
        return  # parts that it brings sign it, and old ones may: `kinds/directory.py`
    rooted = is_rooted(candidate.signed, past, context)
    if fresh is None:
        _judge_author(entry, past, context, rooted=rooted)


def standing_key(context: JudgeContext, key: KeyId, past: Past) -> KeyRow:
    """Return the row of a key that may sign in a past.

    Raises:
        BadSignature: `key-unknown`, `key-suspended`, `key-revoked`, `person-ended`.
    """
    row = context.key(key)
    standing = "unknown" if row is None else row.standing(past)
    if row is None or standing != "active":
        code = REFUSALS[standing]
        if code == "key-unknown":
            raise BadSignature(code, "No such key is enrolled.", key=key)
        raise BadSignature(code, "The key was not in use at this point.", key=key)
    return row


def is_rooted(signed: Collection[KeyId], past: Past, context: JudgeContext) -> bool:
    """Return whether the root signed, by as many parts as its set asks for.

    Raises:
        BadSignature: `root-threshold` if too few parts signed.
    """
    party = context.row(("party", past.party), PartyRow)
    roots = party.root_at(past) if party else None
    if roots is None:
        return False
    parts = set(roots.keys) & set(signed)
    if parts and len(parts) < roots.threshold:
        raise threshold_missed(roots.threshold, len(parts))
    return bool(parts)


def threshold_missed(threshold: int, parts: int) -> BadSignature:
    """Return the refusal of an act that too few parts of the root signed."""
    return BadSignature(
        "root-threshold",
        "Too few parts of the root have signed.",
        threshold=threshold,
        signed=parts,
    )


def function_of(
    entry: SharedEntry | Entry, past: Past, context: JudgeContext
) -> tuple[Role, Grant | None]:
    """Return the author's role, and the grant that a person states (K6).

    Raises:
        NotAllowed: `grant-ended`, `grant-key`.
        BadSignature: As `standing_key`.
    """
    row = standing_key(context, entry.by, past)
    if row.machine:
        if entry.grant is not None:
            raise NotAllowed("grant-ended", "A machine has no function of a person.")
        return row.machine, None
    grant = row.function(entry.grant or 1, past)
    if grant is None:
        raise NotAllowed("grant-ended", "The author does not hold this function at this point.")
    if not row.may_use(grant):
        raise NotAllowed("grant-key", "This key may not be used in this function.")
    return grant.role, grant


def _judge_author(entry: SharedEntry, past: Past, context: JudgeContext, *, rooted: bool) -> None:
    role, _ = function_of(entry, past, context)
    if role not in MAY_SIGN[entry.kind] or (role == "root") != rooted:
        raise NotAllowed("role", "The role of this key does not allow this kind.", kind=entry.kind)
    judge_service(entry, past, context)


def judge_service(entry: SharedEntry | Entry, past: Past, context: JudgeContext) -> None:
    """Refuse a service's kind outside its list, and any once its owner has left (K19).

    Raises:
        NotAllowed: `service-kind`.
    """
    row = context.key(entry.by)
    if row is None or row.machine != "service":
        return
    owner = context.row(person_key(past.party, row.owner), PersonRow)
    left = owner is None or (owner.left is not None and owner.left < past.size(past.party))
    if left or entry.kind not in row.kinds:
        raise NotAllowed("service-kind", "This service may not write this kind.", kind=entry.kind)


def known_service(key: KeyId, past: Past, context: JudgeContext) -> KeyRow:
    """Return the row of a reader's key; refuse one that is no enrolled service's (K29).

    Raises:
        RuleBroken: `reference`.
    """
    # By one of a person's own keys, present or still to be enrolled, an overseer would be the
    # reader of a grant that names nobody.
    row = context.key(key)
    if row is None or row.machine != "service" or row.standing(past) == "unknown":
        raise RuleBroken("reference", "The key named is not that of a service.", id=key)
    return row


def needs_of_owner(rows: Rows, by: KeyId) -> Iterator[RowKey]:
    """Return the person who answers for an author, once the author's row is read."""
    row = rows.get(("key", by))
    if isinstance(row, KeyRow) and row.owner:
        yield person_key(row.party, row.owner)


def others(candidate_signed: Collection[KeyId], by: KeyId, context: JudgeContext) -> list[KeyRow]:
    """Return the keys of signers who are not the author, nor the author by another key (K2)."""
    author = context.key(by)
    rows = [context.key(key) for key in candidate_signed if key != by]
    return [
        row
        for row in rows
        if row is not None and row.person and (author is None or row.person != author.person)
    ]


def released(
    candidate: Candidate,
    roles: Collection[Role],
    charter: InForce | None,
    past: Past,
    context: JudgeContext,
) -> bool:
    """Return whether another person than the author signed, in one of the roles.

    A role counts only if the charter allows it keys of the signer's suite (K24).
    """
    return any(
        allows_suite(charter, role, row.suite)
        for row in others(candidate.signed, candidate.entry.by, context)
        for role in row.roles(past) & set(roles)
    )


def _judge_new_key(entry: SharedEntry, past: Past, context: JudgeContext) -> None:
    assert isinstance(entry, (KeyEnrolled, MachineEnrolled))  # noqa: S101 - own bug: `new_key`
    public = check_key(entry.body.suite, entry.body.public)
    if suites.key_id(party_of(entry.by), entry.body.suite, public) != entry.by:
        raise Malformed("key-id", "The key id is not that of the public key.")
    check_unknown(entry.by, past, context)


def check_unknown(key: KeyId, past: Past, context: JudgeContext) -> None:
    """Refuse a key that is enrolled already, in whatever role (K10).

    Raises:
        RuleBroken: `key-known`.
    """
    row = context.key(key)
    if row is not None and row.standing(past) != "unknown":
        raise RuleBroken("key-known", "The key is already enrolled.", key=key)


def founding_signers(entry: PartyFounded) -> tuple[frozenset[KeyId], frozenset[KeyId]]:
    """Return the keys of the root's parts and of the persons of a founding."""
    party, body = party_of(entry.by), entry.body
    persons = frozenset(
        suites.key_id(party, one.suite, decoded_key(one.public)) for one in body.persons
    )
    return frozenset(root_keys(party, body.roots)), persons
