"""The judge: whether an entry is valid at its position (rule 2).

Admission, mirror and verifier call the same function. The judge compares an entry with its past
only, never with later entries, so every node and verifier reaches the same verdict at any time.
Comments number the steps. Does not check disclosures, which may be erased (`parts.check` does at
admission), and reads no wall clock. Admission may add limits on size, rate and time.
"""

from __future__ import annotations

from special_channel.core.bytes import suites
from special_channel.core.bytes.checks import Verify
from special_channel.core.bytes.dsse import Envelope, pae
from special_channel.core.bytes.errors import BadSignature, NotAllowed, RuleBroken
from special_channel.core.bytes.ids import KeyId, party_of
from special_channel.core.entries import (
    DIRECTORY_KINDS,
    Entry,
    PartyFounded,
    SharedEntry,
)
from special_channel.core.kinds.kind import Case
from special_channel.core.kinds.table import KINDS
from special_channel.core.kinds.threads import opened_in
from special_channel.core.rows.charter import SUPPORTED_RULES, InForce, in_force
from special_channel.core.rows.past import Past
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from special_channel.core.rules.persons import judge_persons
from special_channel.core.rules.releasing import release_roles
from special_channel.core.rules.signature_origin import check_origins
from special_channel.core.rules.signers import judge_signers, released
from special_channel.core.rules.signing_keys import signing_key
from special_channel.core.rules.state import EntryRow, Rows
from special_channel.core.rules.suite_policy import check_suites

WITHOUT_CHARTER = DIRECTORY_KINDS | {"peer.seen", "peer.refused", "log.restored"}
"""Kinds that are valid before both sides have adopted a first charter."""


def prove(
    envelope: Envelope, entry: Entry, rows: Rows, verify: Verify | None = None
) -> frozenset[KeyId]:
    """Verify every signature of an envelope and return the key ids.

    `verify`: replacement for `suites.verify`.

    Raises:
        BadSignature: `key-unknown`, or a code of `suites.BAD_SIGNATURES`.
        Malformed: `suite-unsupported`, `key-malformed`.
    """
    # A key id commits to its public key, so the result depends on the bytes alone.
    message = pae(envelope.payload_type, envelope.payload)
    for signature in envelope.signatures:
        suite, public, rp = signing_key(signature.keyid, entry, rows)
        (verify or suites.verify)(suite, public, message, signature.sig, rp)
    return frozenset(signature.keyid for signature in envelope.signatures)


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
    # 6 Keys, functions, suites and origins, persons, release. A founding brings its own
    # signers: `kinds/directory.py`.
    founds = type(entry) is PartyFounded
    if not founds:
        judge_signers(candidate, past, context)
    check_suites(candidate, charter, past, context)
    check_origins(candidate, charter, context)
    if not founds:
        judge_persons(candidate, charter, past, context)
    _judge_release(candidate, charter, past, context)
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


def _judge_release(
    candidate: Candidate, charter: InForce | None, past: Past, context: JudgeContext
) -> None:
    asks = bool(candidate.entry.optional("asks", ()))
    document = charter.charter if charter else None
    roles = release_roles(document, candidate.entry.kind, asks=asks)
    if roles and not released(candidate, roles, charter, past, context):
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
