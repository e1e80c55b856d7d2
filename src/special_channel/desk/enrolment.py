"""Enrol a key: a one-time code, a key made by its holder, and confirmation by two persons.

The holder's browser builds and signs `key.enrolled`; two persons' signatures make it an entry
(K4). A person without a function gets it in the same request by `role.granted`, which the two
sign as well. Does not draw codes, keys or pseudonyms, and puts no name into the record.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, get_args

from special_channel.broker.append import Appender
from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import scripts
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound, RuleBroken
from special_channel.core.bytes.ids import KeyId, PersonId, PersonRole
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import KeyEnrolled, RoleGranted
from special_channel.core.entries.directory import Granting
from special_channel.core.replay.judge import prove
from special_channel.core.rows.directory import PersonRow
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rows.writing import Signer, sign, signed_also
from special_channel.desk.payloads import Fields
from special_channel.ports import Clock
from special_channel.stores.people import Enrolment, Enrolments, Official, Officials
from special_channel.stores.private_views import DirectoryViews

CODE_LIFE: Final = timedelta(days=3)
"""Lifetime of a one-time code: a weekend and a day."""

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that are not confused when a code is read out."""

_CODE_LETTERS: Final = 12


def code_from(random: bytes) -> str:
    """Write a one-time code such as `K7QF-2M9X-RT4D` from 12 or more random bytes."""
    letters = "".join(_ALPHABET[value % len(_ALPHABET)] for value in random[:_CODE_LETTERS])
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LETTERS, 4))


def code_digest(code: str) -> bytes:
    """Hash a code as typed: capitals, without blanks and hyphens."""
    return sha256("".join(code.upper().replace("-", " ").split()).encode()).digest()


PERSONS: Final = frozenset(get_args(PersonRole))
"""Roles of persons; all other roles belong to machines and parties."""

_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*+"
    r"@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)*+[A-Za-z0-9-]{1,63}"
)
"""A mailbox by RFC 5321, in ASCII, without quotes or a display name."""


@dataclass(frozen=True, slots=True)
class EnrolmentDeps:
    """Dependencies of enrolment."""

    enrolments: Enrolments
    officials: Officials
    directory: DirectoryViews
    appender: Appender
    identity: Identity
    clock: Clock


def person(official: Official) -> Official:
    """Check an official to be invited and return the argument unchanged.

    Raises:
        Malformed: `invitation-role` for a role of machines, `invitation-email`, `text-direction`.
    """
    if official.role not in PERSONS:
        raise Malformed("invitation-role", "No person may hold this role.")
    if official.email and not _ADDRESS.fullmatch(official.email):
        raise Malformed("invitation-email", "The mail address is not one.")
    for text in (official.name, official.unit):
        if mark := scripts.unpaired(text):
            raise Malformed("text-direction", "A mark of direction has no partner.", mark=mark)
    return official


async def invite(deps: EnrolmentDeps, official: int, code: str) -> datetime:
    """Issue a one-time code for an official; return when the code expires."""
    expires = deps.clock.now() + CODE_LIFE
    await deps.enrolments.invite(code_digest(code), official, expires)
    return expires


async def invited(deps: EnrolmentDeps, code: str) -> Official:
    """Return the official whom a code invites.

    Raises:
        NotFound: `code-unknown` if the code is wrong, used or expired.
    """
    official = await deps.enrolments.invited(code_digest(code), deps.clock.now())
    if official is None:
        raise NotFound("code-unknown", "The code is wrong, used or no longer valid.")
    return official


async def offer(deps: EnrolmentDeps, code: str, envelope: bytes) -> KeyId:
    """Queue a key's entry, signed by the key alone, for the registrar's confirmation.

    Raises:
        NotFound: `code-unknown`.
        Refused: The codes of `read` and `prove`, `enrolment-differs`, `entry-other-log`.
    """
    official = await invited(deps, code)
    incoming, entry = _enrolled(envelope, deps.identity)
    prove(incoming.envelope, entry, {})
    if entry.body.person != official.person:
        raise NotAllowed("enrolment-differs", "The entry enrols a key of another person.")
    waiting = Enrolment(entry.by, official.id, envelope, deps.clock.now(), "waiting")
    if not await deps.enrolments.put(code_digest(code), waiting):
        raise NotFound("code-unknown", "The code is wrong, used or no longer valid.")
    return entry.by


def next_grant(row: PersonRow | None) -> int | None:
    """Return the number of the grant that a person needs for a key; None with a grant in force."""
    if row is None:
        return 1
    if any(grant.end is None for grant in row.grants):
        return None
    return row.grants[-1].number + 1


def granting(official: Official, number: int) -> Fields:
    """Return the body of `role.granted` for an official."""
    return {
        "person": official.person,
        "grant": number,
        "role": official.role,
        "desk": official.desk,
        "unit": official.unit,
    }


@dataclass(frozen=True, slots=True)
class SignedEnrolment:
    """Envelopes of `key.enrolled` and of the `role.granted` that the person needs, if any."""

    key: bytes
    grant: bytes | None = None


async def confirm(deps: EnrolmentDeps, key: KeyId, registrars: Sequence[Signer]) -> Accepted:
    """Confirm a waiting key with both registrars' keys stored on this node.

    Raises:
        NotFound: `enrolment-unknown`.
        Refused: The judge's codes.
    """
    waiting, official = await _waiting(deps, key)
    number = await _grant_of(deps, official.person)
    grant = None if number is None else _signed_grant(deps, official, number, registrars[0])
    return await confirmed(deps, SignedEnrolment(waiting.envelope, grant), registrars)


async def confirmed(
    deps: EnrolmentDeps, signed: SignedEnrolment, registrars: Sequence[Signer] = ()
) -> Accepted:
    """Append an enrolment signed by two persons, with the person's grant where it is needed.

    Both are appended, or neither. A grant that is not needed is left out: somebody else may have
    granted it since. `registrars`: keys on this node that sign as well, in a demonstration.

    Raises:
        NotFound: `enrolment-unknown`.
        RuleBroken: `grant-missing`.
        NotAllowed: `enrolment-differs` if the grant is another than the official's, and
            `entry-other-log`.
        Refused: The judge's codes.
    """
    incoming, entry = _enrolled(signed_also(signed.key, registrars), deps.identity)
    _, official = await _waiting(deps, entry.by)
    number = await _grant_of(deps, official.person)
    submissions = [incoming.submission]
    if number is not None:
        if signed.grant is None:
            raise RuleBroken("grant-missing", "The person's function is not granted yet.")
        grant = signed_also(signed.grant, registrars)
        submissions.insert(0, _granted(grant, granting(official, number), deps.identity))
    *_, accepted = await deps.appender.submit(submissions)
    await deps.enrolments.close(entry.by, "confirmed")
    return accepted


async def _grant_of(deps: EnrolmentDeps, person: PersonId) -> int | None:
    rows = await deps.directory.persons(deps.identity.party, [person])
    return next_grant(rows.get(person))


def _signed_grant(deps: EnrolmentDeps, official: Official, number: int, registrar: Signer) -> bytes:
    payload: Fields = {
        "v": 1,
        "log": deps.identity.origin(deps.identity.party),
        "kind": "role.granted",
        "by": registrar.key,
        "at": timestamp(deps.clock.now()),
        "seen": [],
        "body": granting(official, number),
    }
    return sign(payload, [registrar]).envelope


def _granted(envelope: bytes, body: Fields, identity: Identity) -> Submission:
    incoming = _read(envelope, identity)
    if not isinstance(incoming.entry, RoleGranted):
        raise Malformed("entry-malformed", "The entry grants no function.", field="kind")
    if incoming.entry.body != Granting.model_validate(body):
        raise NotAllowed("enrolment-differs", "The entry grants another function than invited.")
    return incoming.submission


async def _waiting(deps: EnrolmentDeps, key: KeyId) -> tuple[Enrolment, Official]:
    enrolment = await deps.enrolments.of_key(key)
    official = await deps.officials.of_key(key)
    if enrolment is None or official is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    return enrolment, official


def _enrolled(envelope: bytes, identity: Identity) -> tuple[Incoming, KeyEnrolled]:
    incoming = _read(envelope, identity)
    if not isinstance(incoming.entry, KeyEnrolled):
        raise Malformed("entry-malformed", "The entry enrols no key.", field="kind")
    return incoming, incoming.entry


def _read(envelope: bytes, identity: Identity) -> Incoming:
    incoming = read(Submission(envelope), whole=True)
    if incoming.entry.log != identity.origin(identity.party):
        raise NotAllowed("entry-other-log", "The entry is meant for another log.")
    return incoming
