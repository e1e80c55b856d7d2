"""Enrol a key: a one-time code, a key made by its holder, and an act that two persons sign.

The holder's browser builds and signs `key.enrolled`, which then waits as an act on people
(`acts.py`). Codes are drawn and taken back in `invitations.py`. Does not draw keys or pseudonyms,
and puts no name into the record.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Literal, get_args

from special_channel.broker.identity import Identity
from special_channel.core.bytes import dsse, scripts
from special_channel.core.bytes.errors import Malformed, NotAllowed, NotFound
from special_channel.core.bytes.ids import KeyId, PersonRole
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import KeyEnrolled
from special_channel.core.replay.judge import prove
from special_channel.core.rows.directory import PersonRow
from special_channel.core.rows.submission import Incoming, Submission, read
from special_channel.core.rows.writing import Signer, sign
from special_channel.desk import acts
from special_channel.desk.act_steps import find
from special_channel.desk.acts import ActDeps
from special_channel.desk.key_labels import computer_label
from special_channel.desk.payloads import Fields
from special_channel.desk.typed_codes import plain_code
from special_channel.ports import Clock
from special_channel.stores.people import Enrolment, Enrolments, Official, Officials
from special_channel.stores.private_views import DirectoryViews

_ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Letters and digits that are not confused when a code is read out."""

_CODE_LETTERS: Final = 12


def code_from(random: bytes) -> str:
    """Write a one-time code such as `K7QF-2M9X-RT4D` from 12 or more random bytes."""
    letters = "".join(_ALPHABET[value % len(_ALPHABET)] for value in random[:_CODE_LETTERS])
    return "-".join(letters[start : start + 4] for start in range(0, _CODE_LETTERS, 4))


def code_digest(code: str) -> bytes:
    """Hash a code as typed, whatever its case, blanks, dashes and width."""
    return sha256(plain_code(code).encode()).digest()


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

    acts: ActDeps
    enrolments: Enrolments
    officials: Officials
    directory: DirectoryViews
    identity: Identity
    clock: Clock


def person(official: Official) -> Official:
    """Check an official to be invited and return the argument unchanged.

    Raises:
        Malformed: `invitation-role` for a role of machines, `invitation-email`, `text-direction`;
            `request-malformed` for control characters.
    """
    if official.role not in PERSONS:
        raise Malformed("invitation-role", "No person may hold this role.")
    if official.email and not _ADDRESS.fullmatch(official.email):
        raise Malformed("invitation-email", "The mail address is not one.")
    for field in ("name", "unit", "desk"):
        if any(unicodedata.category(each) == "Cc" for each in getattr(official, field)):
            raise Malformed("request-malformed", "A text has control characters.", field=field)
    for text in (official.name, official.unit):
        if mark := scripts.unpaired(text):
            raise Malformed("text-direction", "A mark of direction has no partner.", mark=mark)
    return official


async def invited(deps: EnrolmentDeps, code: str) -> Official:
    """Return the official whom a code invites.

    Raises:
        NotFound: `code-unknown` if the code is wrong, used, taken back or expired.
    """
    official = await deps.enrolments.invited(code_digest(code), deps.clock.now())
    if official is None:
        raise NotFound("code-unknown", "The code is wrong, used or no longer valid.")
    return official


async def offer(deps: EnrolmentDeps, code: str, envelope: bytes, label: str = "") -> KeyId:
    """Begin the act of a new key, signed by the key alone; it waits for two persons.

    `label`: of the computer, as its holder names it; never sent.

    Raises:
        Malformed: The codes of `computer_label`.
        NotFound: `code-unknown`.
        Refused: The codes of `acts.offer`, `enrolment-differs`, `entry-other-log`.
    """
    computer = computer_label(label)
    official = await invited(deps, code)
    incoming, entry = _enrolled(envelope, deps.identity)
    prove(incoming.envelope, entry, {})
    if entry.body.person != official.person:
        raise NotAllowed("enrolment-differs", "The entry enrols a key of another person.")
    begun = await acts.offer(deps.acts, incoming.submission, entry.by, "")
    offered = Enrolment(entry.by, official.id, envelope, deps.clock.now())
    if not await deps.enrolments.put(code_digest(code), offered, computer):
        await acts.close(deps.acts, begun.act.id, "withdrawn", entry.by)
        raise NotFound("code-unknown", "The code is wrong, used or no longer valid.")
    return entry.by


async def state_of(deps: EnrolmentDeps, key: KeyId) -> Literal["waiting", "confirmed", "refused"]:
    """Return what became of a key that was offered by a code.

    Raises:
        NotFound: `enrolment-unknown`.
    """
    offered = await deps.enrolments.of_key(key)
    if offered is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    act = await find(deps.acts.acts, dsse.decode(offered.envelope).id)
    state = act.state_at(deps.clock.now())
    if state in {"waiting", "done"}:
        return "waiting" if state == "waiting" else "confirmed"
    return "refused"


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


async def grant(deps: EnrolmentDeps, official: Official, signers: Sequence[Signer]) -> None:
    """Grant an official's function with registrars' keys stored on this node.

    Raises:
        Refused: The codes of `acts.offer`.
    """
    payload: Fields = {
        "v": 1,
        "log": deps.identity.origin(deps.identity.party),
        "kind": "role.granted",
        "by": signers[0].key,
        "at": timestamp(deps.clock.now()),
        "seen": [],
        "body": granting(official, 1),
    }
    await acts.offer(deps.acts, sign(payload, signers), signers[0].key, "")


async def confirm(deps: EnrolmentDeps, key: KeyId, signers: Sequence[Signer]) -> None:
    """Confirm a waiting key with registrars' keys stored on this node.

    Raises:
        NotFound: `enrolment-unknown`.
        Refused: The codes of `acts.sign`.
    """
    offered = await deps.enrolments.of_key(key)
    if offered is None:
        raise NotFound("enrolment-unknown", "No key of this id waits for confirmation.")
    envelope = dsse.decode(offered.envelope)
    message = dsse.pae(envelope.payload_type, envelope.payload)
    for signer in signers:
        signature = dsse.Signature(signer.key, signer.private.sign(message))
        envelope = envelope.with_signature(signature)
    await acts.sign(deps.acts, envelope.id, envelope.encode(), signers[0].key)


def _enrolled(envelope: bytes, identity: Identity) -> tuple[Incoming, KeyEnrolled]:
    incoming = read(Submission(envelope), whole=True)
    if incoming.entry.log != identity.origin(identity.party):
        raise NotAllowed("entry-other-log", "The entry is meant for another log.")
    if not isinstance(incoming.entry, KeyEnrolled):
        raise Malformed("entry-malformed", "The entry enrols no key.", field="kind")
    return incoming, incoming.entry
