"""The judge: whether an entry is valid at its position (rule 2).

Admission, mirror and verifier call the same function. The judge compares an entry with its past
only, never with later entries, so every node and verifier reaches the same verdict at any time.
Comments number the steps. Does not check disclosures, which may be erased (`parts.check` does at
admission), and reads no wall clock. Admission may add limits on size, rate and time.
"""

from __future__ import annotations

from base64 import b64decode

from special_channel.core.bytes import suites
from special_channel.core.bytes.checks import Verify
from special_channel.core.bytes.dsse import Envelope, pae
from special_channel.core.bytes.errors import BadSignature, Malformed, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    Entry,
    KeyEnrolled,
    PartyFounded,
    SharedEntry,
)
from special_channel.core.kinds.kind import Case
from special_channel.core.kinds.table import KINDS
from special_channel.core.kinds.threads import opened_in
from special_channel.core.rows.charter import SUPPORTED_RULES, InForce, in_force
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.releasing import release_roles
from special_channel.core.rules.roles import MAY_SIGN, TWO_PERSONS
from special_channel.core.rules.state import EntryRow, Rows

WITHOUT_CHARTER = DIRECTORY_KINDS | {"peer.seen", "peer.refused", "log.restored"}
"""Kinds that are valid before both sides have adopted a first charter."""


def prove(
    envelope: Envelope, entry: Entry, rows: Rows, verify: Verify | None = None
) -> frozenset[KeyId]:
    """Verify every signature of an envelope and return the key ids.

    `verify`: replacement for `suites.verify`.

    Raises:
        BadSignature: `signature-bad`, `key-unknown`.
        Malformed: `suite-unsupported`.
    """
    # A key id commits to its public key, so the result depends on the bytes alone.
    message = pae(envelope.payload_type, envelope.payload)
    for signature in envelope.signatures:
        suite, public = _public(signature.keyid, entry, rows)
        (verify or suites.verify)(suite, public, message, signature.sig)
    return frozenset(signature.keyid for signature in envelope.signatures)


def _public(key: KeyId, entry: Entry, rows: Rows) -> tuple[str, bytes]:
    # `type`, not `isinstance`: ABCMeta, behind every model, makes `isinstance` slow.
    if (type(entry) is KeyEnrolled or type(entry) is PartyFounded) and key == entry.by:
        return entry.body.suite, _decoded(entry.body.public)
    row = rows.get(("key", key))
    if not isinstance(row, KeyRow):
        raise BadSignature("key-unknown", "No such key is enrolled.", key=key)
    return row.suite, b64decode(row.public)


def _decoded(text: str) -> bytes:
    try:
        return b64decode(text, validate=True)
    except ValueError:
        raise Malformed("key-malformed", "A public key is not standard base64.") from None


def judge(candidate: Candidate, past: Past, context: JudgeContext) -> None:
    """Refuse an entry that is invalid at `past.party[past.index]`.

    Raises:
        Malformed: The entry contradicts its context or its own fields.
        BadSignature: A signature is missing, or its key is not in use in the past.
        NotAllowed: Wrong role or party, or no release by a second official.
        RuleBroken: The entry contradicts its past.
    """
    entry = candidate.entry
    # 1 The entry names its log, against replay into another log (docs/formats/entry.md, "Payload").
    if entry.log != context.pins[past.party].origin:
        raise RuleBroken("entry-other-log", "The entry is meant for another log.", log=entry.log)
    # 2 No valid duplicate in the past.
    duplicate = context.rows.get(("entry", candidate.id))
    if isinstance(duplicate, EntryRow) and not duplicate.code and past.holds(duplicate):
        raise RuleBroken(
            "entry-duplicate",
            "The entry already stands in a log.",
            position=str(duplicate.position),
        )
    # 3 The heads that the author had seen match the logs (rule 1).
    _judge_seen(candidate, past, context)
    # 4 The author signed, and no key of the other party.
    _judge_signers(candidate, past)
    # 5 A charter is in force, with rules that this program supports (rule 19).
    charter = in_force(context.charters(), past)
    if charter is not None and charter.charter.rules not in SUPPORTED_RULES:
        raise RuleBroken(
            "rules-unsupported",
            "The charter's rules are not known here.",
            rules=charter.charter.rules,
        )
    if charter is None and entry.kind not in WITHOUT_CHARTER:
        raise RuleBroken("charter-absent", "No charter is adopted by both sides yet.")
    # 6 Keys, roles, release.
    _judge_keys(candidate, past, context)
    _judge_release(candidate, charter, context)
    # 7 Thread, the checks of the kind, marking.
    _judge_thread(entry, past, context)
    KINDS[type(entry)].judge(entry, Case(candidate, past, context, charter))
    _judge_marking(entry, charter)


def _judge_seen(candidate: Candidate, past: Past, context: JudgeContext) -> None:
    origins = {pin.origin: party for party, pin in context.pins.items()}
    if len({seen.log for seen in candidate.entry.seen}) != len(candidate.entry.seen):
        raise RuleBroken("seen-inconsistent", "A log is named twice in what was seen.")
    for seen in candidate.entry.seen:
        party = origins.get(seen.log)
        bound = past.index if party == past.party else past.frontier
        if party is None or seen.size > bound:
            raise RuleBroken("seen-inconsistent", "More was seen than was there.", log=seen.log)
        if context.roots.get((seen.log, seen.size)) != bytes.fromhex(seen.root):
            raise RuleBroken("seen-inconsistent", "What was seen has another root.", log=seen.log)


def _judge_signers(candidate: Candidate, past: Past) -> None:
    if candidate.entry.by not in candidate.signed:
        raise BadSignature("signature-missing", "The author's signature is missing.")
    if any(party_of(key) != past.party for key in candidate.signed):
        raise NotAllowed("owner", "Only the party whose log this is may sign here.")


def _judge_keys(candidate: Candidate, past: Past, context: JudgeContext) -> None:
    entry = candidate.entry
    if type(entry) is PartyFounded:
        _judge_founding(candidate, entry, past, context)
        return
    for key in sorted(candidate.signed):
        if type(entry) is KeyEnrolled and key == entry.by:
            _judge_new_key(entry, past, context)
            continue
        _judge_standing(context.key(key), key, past)
    if type(entry) is not KeyEnrolled:
        author = context.key(entry.by)
        if author is None or author.role not in MAY_SIGN[entry.kind]:
            raise NotAllowed(
                "role", "The role of this key does not allow this kind.", kind=entry.kind
            )
    _judge_second_person(candidate, context)


def _judge_standing(row: KeyRow | None, key: KeyId, past: Past) -> None:
    standing = "unknown" if row is None else row.standing(past)
    if standing == "unknown":
        raise BadSignature("key-unknown", "No such key is enrolled.", key=key)
    if standing != "active":
        raise BadSignature(f"key-{standing}", "The key was not in use at this point.", key=key)


def _judge_founding(
    candidate: Candidate, entry: PartyFounded, past: Past, context: JudgeContext
) -> None:
    if past.index != 0 or entry.body.party != past.party:
        raise RuleBroken("founding-place", "A party is founded by the first entry of its log.")
    if entry.by != context.pins[past.party].root or candidate.signed != {entry.by}:
        raise BadSignature("root-untrusted", "The root key is not the one pinned here.")
    _judge_key_id(entry)
    roles = [key.role for key in entry.body.keys]
    if len(set(roles)) != len(roles) or len(roles) != len(
        ("registrar", "node", "checkpoint", "cosigning", "link")
    ):
        raise Malformed("entry-malformed", "Each founded role has one key.", field="body.keys")
    for key in entry.body.keys:
        suites.check_public(key.suite, _decoded(key.public))
        needs_name = key.role in {"checkpoint", "cosigning"}
        if needs_name and (key.name is None or key.suite != "ed25519"):
            raise Malformed(
                "entry-malformed", "A checkpoint key is Ed25519 and has a name.", field="body.keys"
            )


def _judge_new_key(entry: KeyEnrolled, past: Past, context: JudgeContext) -> None:
    _judge_key_id(entry)
    row = context.key(entry.by)
    if row is not None and row.standing(past) != "unknown":
        raise RuleBroken("key-known", "The key is already enrolled.", key=entry.by)


def _judge_key_id(entry: KeyEnrolled | PartyFounded) -> None:
    public = _decoded(entry.body.public)
    suites.check_public(entry.body.suite, public)
    if suites.key_id(party_of(entry.by), entry.body.suite, public) != entry.by:
        raise Malformed("key-id", "The key id is not that of the public key.")


def _judge_second_person(candidate: Candidate, context: JudgeContext) -> None:
    """Refuse a kind for two persons without a second role (docs/rules.md, "Every entry")."""
    roles = TWO_PERSONS.get(candidate.entry.kind)
    if roles is None:
        return
    others = (context.key(key) for key in candidate.signed if key != candidate.entry.by)
    if not any(row is not None and row.role in roles for row in others):
        raise BadSignature("signature-missing", "A second person's signature is missing.")


def _judge_release(candidate: Candidate, charter: InForce | None, context: JudgeContext) -> None:
    asks = bool(candidate.entry.optional("asks", ()))
    document = charter.charter if charter else None
    roles = release_roles(document, candidate.entry.kind, asks=asks)
    if not roles:
        return
    others = (context.key(key) for key in candidate.signed if key != candidate.entry.by)
    if not any(row is not None and row.role in roles for row in others):
        raise NotAllowed("clearance-missing", "The charter asks for a second official's signature.")


def _judge_thread(entry: SharedEntry, past: Past, context: JudgeContext) -> None:
    thread = entry.optional("thread", None)
    if thread is None or entry.kind == "thread.opened":
        return
    row = context.row(("thread", thread), ThreadRow)
    if row is None or not opened_in(row, past):
        raise RuleBroken("thread-unknown", "The thread was not opened in the entry's past.")


def _judge_marking(entry: SharedEntry, charter: InForce | None) -> None:
    marking = entry.optional("marking", None)
    if marking is not None and (charter is None or marking not in charter.charter.markings):
        raise RuleBroken("marking", "The marking is not in the charter's list.", marking=marking)
