"""Enrol a key: a one-time code, a key made by its holder, and confirmation by a registrar.

The holder's browser builds and signs `key.enrolled`; the registrar's signature makes it
an entry. Does not draw codes or keys, and puts no name into the record.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final

from special_channel.broker.append import Appender
from special_channel.broker.identity import Identity
from special_channel.broker.receipts import Accepted
from special_channel.core.bytes import dsse, scripts
from special_channel.core.bytes.dsse import Envelope
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import KeyId
from special_channel.core.entries import KeyEnrolled
from special_channel.core.replay.judge import prove
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rows.writing import Signer
from special_channel.ports import Clock
from special_channel.stores.people import Enrolment, Enrolments, Official, Officials

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


PERSONS: Final = frozenset({"desk", "head", "director", "oversight", "registrar"})
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
    body = entry.body
    if (body.role, body.unit, body.desk) != (official.role, official.unit, official.desk):
        raise NotAllowed("enrolment-differs", "The entry says another role or desk than the code.")
    waiting = Enrolment(entry.by, official.id, envelope, deps.clock.now(), "waiting")
    if not await deps.enrolments.put(code_digest(code), waiting):
        raise NotFound("code-unknown", "The code is wrong, used or no longer valid.")
    return entry.by


async def confirm(deps: EnrolmentDeps, key: KeyId, registrar: Signer) -> Accepted:
    """Confirm a waiting key with a registrar's key stored on this node.

    Raises:
        NotFound: `enrolment-unknown`.
        Refused: The judge's codes.
    """
    waiting = await _waiting(deps, key)
    envelope = dsse.decode(waiting.envelope)
    message = dsse.pae(envelope.payload_type, envelope.payload)
    signed = envelope.with_signature(dsse.Signature(registrar.key, registrar.private.sign(message)))
    return await confirmed(deps, signed)


async def confirmed(deps: EnrolmentDeps, envelope: Envelope) -> Accepted:
    """Append an enrolment signed by a registrar elsewhere.

    Raises:
        NotFound: `enrolment-unknown`.
        Refused: The judge's codes.
    """
    incoming, entry = _enrolled(envelope.encode(), deps.identity)
    await _waiting(deps, entry.by)
    [accepted] = await deps.appender.submit([incoming.submission])
    await deps.enrolments.close(entry.by, "confirmed")
    return accepted


async def _waiting(deps: EnrolmentDeps, key: KeyId) -> Enrolment:
    enrolment = await deps.enrolments.of_key(key)
    if enrolment is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    return enrolment


def _enrolled(envelope: bytes, identity: Identity) -> tuple[Incoming, KeyEnrolled]:
    incoming = read(Submission(envelope), whole=True)
    if not isinstance(incoming.entry, KeyEnrolled):
        raise Malformed("entry-malformed", "The entry enrols no key.", field="kind")
    if incoming.entry.log != identity.origin(identity.party):
        raise NotAllowed("entry-other-log", "The entry is meant for another log.")
    return incoming, incoming.entry
