"""Keys of machines on the form of acts: what is typed, why an act can't be done, its entry.

A node's and a service's key sign their own enrolment where they lie: the page gives the exact bytes
as a file, and takes the file that `special-channel machine sign` made of them. Does not sign.
"""

from __future__ import annotations

import re
from typing import Final

from special_channel.core.bytes import canonical, dsse, suites
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import ChannelError, Malformed, RuleBroken
from special_channel.core.bytes.ids import KeyId
from special_channel.core.bytes.times import timestamp
from special_channel.core.entries import Entry, MachineEnrolled, parse
from special_channel.core.replay.judge import prove
from special_channel.core.rows.directory import commitment, decoded_key
from special_channel.core.rows.log_keys import LogKey
from special_channel.core.rows.submission import Submission
from special_channel.core.rules.roles import SERVICE_KINDS
from special_channel.core.rules.signing_keys import SELF_SIGNED
from special_channel.desk.succession import SUCCEEDED, refuse_absent
from special_channel.web.acts.forms import ActQuery, MachineForm, Stated
from special_channel.web.acts.queries import People
from special_channel.web.shell.context import PageContext

KIND: Final = "machine.enrolled"

MAY_BEGIN: Final = ("registrar", "head", "director")
"""Roles of whom one signs first (K4)."""

ROLES: Final = ("node", "checkpoint", "cosigning", "link", "service")
"""Machines with a key, in the order of the page."""

REASONS: Final = ("routine", "lost", "compromised")

KINDS: Final = tuple(sorted(SERVICE_KINDS))
"""Kinds that a service may be enrolled for."""

SUITE: Final = "ed25519"
"""Suite of every key that `machine prepare` draws."""

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")


def form(context: PageContext, people: People, query: ActQuery) -> MachineForm:
    """Return what the form of a role needs.

    Raises:
        Malformed: `request-malformed` for another role.
    """
    if query.role not in ROLES:
        raise Malformed("request-malformed", "There is no machine of this role.", field="role")
    named = sorted(people.officials.items(), key=lambda each: each[1].name)
    owners = [(person, one.name) for person, one in named if person in people.persons]
    kinds = [(kind, context.t.label("kind", kind)) for kind in KINDS]
    return MachineForm(owners, kinds, query.role in SUCCEEDED, query.role in SELF_SIGNED)


async def stated(context: PageContext, people: People, query: ActQuery) -> Stated:
    """Return what is signed for the fields, after every check that can be made beforehand.

    Raises:
        Malformed: `act-reason`, `machine-public`, `machine-next`, `machine-service`.
        RuleBroken: `key-known`, `successor-uncommitted`.
        Unavailable: `checkpoint-key-absent`.
    """
    public = _public(query.public)
    key = suites.key_id(context.party, SUITE, decoded_key(public))
    if key in people.keys:
        raise RuleBroken("key-known", "The key is already enrolled.", key=key)
    if query.reason not in REASONS:
        raise Malformed("act-reason", "Choose a reason.", reason=query.reason)
    body: dict[str, Value] = {
        "role": query.role,
        "suite": SUITE,
        "public": public,
        "reason": query.reason,
    }
    following = _following(query, public)
    if following:
        body["next"] = following
    if query.role in SUCCEEDED:
        body["name"] = await _succession(context, query.role, public, key)
    if query.role == "service":
        body |= _service(people, query)
    return Stated(body)


def _public(typed: str) -> str:
    """Return a pasted public key without the blanks between its groups."""
    public = "".join(typed.split())
    try:
        suites.check_public(SUITE, decoded_key(public))
    except ChannelError:
        raise Malformed("machine-public", "This is no public key.", field="public") from None
    return public


def _following(query: ActQuery, public: str) -> str:
    """Return the pasted commitment to the key that follows; empty where none is asked for."""
    typed = "".join(query.next.split()).lower()
    if not typed and query.role not in SUCCEEDED:
        return ""
    # A key that commits to itself leaves nobody to follow it but a key that the root names.
    if not _DIGEST.fullmatch(typed) or typed == commitment(SUITE, decoded_key(public)):
        raise Malformed("machine-next", "This commits to no key that follows.", field="next")
    return typed


async def _succession(context: PageContext, role: str, public: str, key: KeyId) -> str:
    """Return the name of the last key, once the new one may take its place."""
    side = context.parties[context.party]
    last: LogKey = (side.checkpoint if role == "checkpoint" else side.cosigning)[-1]
    if last.next != commitment(SUITE, decoded_key(public)):
        raise RuleBroken(
            "successor-uncommitted", "The last key does not commit to this one; the root may."
        )
    holders = context.own.desk.acts.holders
    refuse_absent(key, await holders.without(key, context.now) if holders else ())
    return last.verifier.name


def _service(people: People, query: ActQuery) -> dict[str, Value]:
    kinds = sorted({*query.kinds} & SERVICE_KINDS)
    if query.owner not in people.persons or not kinds:
        raise Malformed("machine-service", "A service has an owner and kinds.", field="owner")
    return {"owner": query.owner, "desk": query.desk, "kinds": [*kinds]}


def payload(context: PageContext, body: dict[str, Value]) -> bytes:
    """Return the exact bytes that a node's or service's key signs itself."""
    public = decoded_key(str(body["public"]))
    return canonical.dumps(
        {
            "v": 1,
            "log": context.own.node.identity.origin(context.party),
            "kind": KIND,
            "by": suites.key_id(context.party, SUITE, public),
            "at": timestamp(context.now),
            "seen": [],
            "body": body,
        }
    )


def signed_by_machine(data: bytes) -> tuple[Submission, MachineEnrolled]:
    """Read the file that `machine sign` made, and verify the new key's signature.

    Raises:
        Malformed: `machine-signed` for anything else; the codes of the verification.
    """
    try:
        envelope = dsse.decode(data.strip())
        entry: Entry = parse(envelope.payload)
        alone = [signature.keyid for signature in envelope.signatures] == [entry.by]
    except ChannelError:
        alone, entry = False, None  # type: ignore[assignment]
    if not alone or not isinstance(entry, MachineEnrolled) or entry.body.role not in SELF_SIGNED:
        raise Malformed("machine-signed", "This file is not what `machine sign` wrote.")
    prove(envelope, entry, {})
    return Submission(envelope.encode(), ()), entry
