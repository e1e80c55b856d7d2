"""The judge: keys, roles, second persons, charters, rules, and what each kind may not say.

Rules 2, 18 and 19. Every refusal is by its own code, and both sides refuse alike.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace
from hashlib import sha256
from typing import Any

import pytest

from special_channel.core import canonical, suites
from special_channel.core.directory import KeyRow
from special_channel.core.dsse import Signature, decode
from special_channel.core.entries import PRIVATE_KINDS, SHARED_KINDS, parse
from special_channel.core.errors import Refused
from special_channel.core.ids import PARTIES
from special_channel.core.judge import _judge_key_id
from special_channel.core.past import Past
from special_channel.core.roles import MAY_SIGN, TWO_PERSONS
from special_channel.core.submission import Submission
from special_channel.core.suites import PrivateKey
from special_channel.core.writing import Signer, file_part, part_refs, sign
from tests.stories import DUE
from tests.world import Entry, World


@pytest.fixture
def world() -> World:
    return World.founded()


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def refusal(world: World, party, payload, parts=(), **how) -> str:
    """The code with which the own node refuses; the peer, if it came anyway, refuses alike."""
    code = code_of(world.append, party, payload, parts, **how)
    entry = world.append(party, payload, parts, honest=False, **how)
    world.deliver(party)
    peer = world.cn if party == "eu" else world.eu
    assert peer.verdicts[entry.position] == code
    return code


def opening(world: World, party="eu", **fields: Any) -> dict[str, Any]:
    stated = {"thread": world.thread_id(), "lang": "en", "body": {"batch": "standing"}} | fields
    return world.payload(party, "thread.opened", **stated)


# Signatures --------------------------------------------------------------------------


def test_a_valid_entry_is_valid_on_both_sides(world):
    world.append("eu", opening(world), [world.text("x", "subject")])
    world.exchange()
    assert set(world.cn.verdicts.values()) == {""}


@pytest.mark.parametrize("suite", ["ed25519", "es256"])
def test_officials_sign_by_either_suite(suite):
    world = World.founded(suite)
    thread = world.open_thread("cn")
    world.exchange()
    assert world.eu.verdicts[thread.position] == ""


def test_an_entry_meant_for_another_log_is_refused(world):
    payload = opening(world, log=world.cn.origin, seen=[])
    assert refusal(world, "eu", payload, [world.text("x", "subject")]) == "entry-other-log"


def test_an_entry_stands_once(world):
    thread = world.open_thread("eu")
    assert code_of(world.append_signed, "eu", thread.submission) == "entry-duplicate"


def test_an_author_who_did_not_sign_is_refused(world):
    payload = opening(world) | {"by": world.eu.keys["clerk"].key}
    parts = [world.text("x", "subject")]
    payload["parts"] = part_refs(parts)
    signed = sign(payload, [world.eu.keys["desk"]], parts)
    assert code_of(world.append_signed, "eu", signed) == "signature-missing"


def test_a_key_of_the_other_party_signs_nothing_here(world):
    parts = [world.text("x", "subject")]
    payload = opening(world) | {"parts": part_refs(parts)}
    signed = sign(payload, [world.eu.keys["desk"], world.cn.keys["desk"]], parts)
    assert code_of(world.append_signed, "eu", signed) == "owner"


def test_a_wrong_signature_is_refused(world):
    thread = opening(world)
    parts = [world.text("x", "subject")]
    signed = sign(thread | {"parts": part_refs(parts)}, [world.eu.keys["desk"]], parts)
    envelope = decode(signed.envelope)
    bad = replace(envelope, signatures=(Signature(world.eu.keys["desk"].key, bytes(64)),))
    code = code_of(world.append_signed, "eu", Submission(bad.encode(), signed.parts))
    assert code == "signature-bad"


def test_a_key_that_nobody_enrolled_is_unknown(world):
    world.eu.make_key("stranger")
    payload = opening(world, by="stranger")
    assert refusal(world, "eu", payload, [world.text("x", "subject")]) == "key-unknown"


def test_a_key_enrolled_later_was_unknown_then(world):
    """Known to the judge by now, and still not by the past of what it signed."""
    signer = world.eu.make_key("newcomer")
    before = world.cn.mirror.size
    world.enrol("eu", "newcomer")
    world.exchange()
    payload = world.payload("cn", "note.translated", seen=[])
    assert payload["by"] != signer.key
    assert before < world.cn.mirror.size
    row = world.cn.replay.rows["key", signer.key]
    assert isinstance(row, KeyRow)
    assert row.standing(Past("cn", 99, before)) == "unknown"
    assert row.standing(Past("cn", 99, before + 1)) == row.now == "active"


@pytest.mark.parametrize("kind", sorted(SHARED_KINDS))
def test_a_role_signs_its_kinds_alone(kind, world):
    """Oversight reads; it signs nothing in a shared log but its own enrolment."""
    assert "oversight" not in MAY_SIGN[kind] or kind == "key.enrolled"
    payload = world.payload("eu", "peer.seen", by="oversight")
    assert code_of(world.append, "eu", payload) == "role"


def test_every_kind_says_who_may_sign_it():
    assert MAY_SIGN.keys() == SHARED_KINDS | PRIVATE_KINDS
    assert TWO_PERSONS.keys() <= MAY_SIGN.keys()


# Founding ----------------------------------------------------------------------------


def founding(world: World, **changed: Any) -> dict[str, Any]:
    whole = World()
    payload = dict(whole.found("eu").payload)
    return payload | {"body": payload["body"] | changed}


def test_a_party_is_founded_once_at_the_beginning(world):
    again = founding(world, private="eu.channel.example/other")
    assert code_of(world.append, "eu", again) == "founding-place"
    fresh = World()
    assert code_of(fresh.append, "eu", founding(fresh, party="cn")) == "founding-place"


def test_nothing_comes_before_the_founding():
    world = World()
    assert code_of(world.enrol, "eu", "desk") == "key-unknown"


def test_a_root_that_is_not_pinned_founds_nothing():
    world = World()
    impostor = world.eu.make_key("impostor")
    payload = founding(world) | {"by": impostor.key}
    public = b64encode(impostor.private.public).decode()
    payload["body"] = payload["body"] | {"public": public}
    assert code_of(world.append, "eu", payload) == "root-untrusted"
    also = founding(World())
    assert code_of(world.append, "eu", also, also=["registrar"]) == "key-unknown"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        pytest.param(lambda keys: [*keys, keys[0]], "entry-malformed", id="a role twice"),
        pytest.param(lambda keys: [*keys[:4], keys[0]], "entry-malformed", id="a role missing"),
        pytest.param(
            lambda keys: [key | {"public": "AAAA"} for key in keys], "key-malformed", id="no key"
        ),
        pytest.param(
            lambda keys: [
                key | {"public": "A="} if key["role"] == "x" else key | {"public": "AAA"}
                for key in keys
            ],
            "key-malformed",
            id="no base64",
        ),
        pytest.param(
            lambda keys: [
                {name: value for name, value in key.items() if name != "name"} for key in keys
            ],
            "entry-malformed",
            id="a checkpoint key without a name",
        ),
    ],
)
def test_the_founded_keys_are_one_a_role_and_usable(change, code):
    world = World()
    keys = founding(world)["body"]["keys"]
    assert code_of(world.append, "eu", founding(world, keys=change(keys))) == code


def test_checkpoints_are_signed_by_ed25519_alone():
    world = World()
    keys = founding(world)["body"]["keys"]
    es256 = PrivateKey.from_seed("es256", sha256(b"es256").digest())
    other = {"suite": "es256", "public": b64encode(es256.public).decode()}
    changed = [key | other if key["role"] == "checkpoint" else key for key in keys]
    assert code_of(world.append, "eu", founding(world, keys=changed)) == "entry-malformed"


# Enrolment ---------------------------------------------------------------------------


def enrolment(world: World, signer: Signer, **changed: Any) -> dict[str, Any]:
    world.eu.keys["new"] = signer
    body = {
        "suite": signer.private.suite,
        "public": b64encode(signer.private.public).decode(),
        "role": "desk",
        "unit": "Unit A.1",
        "desk": "licensing",
    }
    return world.payload("eu", "key.enrolled", by="new", body=body | changed)


def test_an_enrolment_needs_the_registrar(world):
    payload = enrolment(world, world.eu.make_key("new"))
    assert code_of(world.append, "eu", payload) == "signature-missing"
    assert code_of(world.append, "eu", payload, also=["head"]) == "signature-missing"
    world.append("eu", payload, also=["second-registrar"])


def test_a_key_is_enrolled_once(world):
    world.append("eu", enrolment(world, world.eu.make_key("new")), also=["registrar"])
    again = enrolment(world, world.eu.keys["new"], desk="customs")
    assert code_of(world.append, "eu", again, also=["registrar"]) == "key-known"


def test_a_key_id_is_that_of_its_public_key(world):
    other = PrivateKey.from_seed("ed25519", sha256(b"other").digest())
    signer = Signer(suites.key_id("eu", "ed25519", b"x" * 32), other)
    assert code_of(world.append, "eu", enrolment(world, signer), also=["registrar"]) == "key-id"


def test_a_weak_key_is_refused(world):
    """The point of order 1: any signature would verify for somebody."""
    identity = bytes([1]) + bytes(31)
    key = world.eu.make_key("new")
    weak = Signer(suites.key_id("eu", "ed25519", identity), key.private)
    payload = enrolment(world, weak, public=b64encode(identity).decode())
    code = code_of(world.append, "eu", payload, also=["registrar"])
    assert code in {"key-weak", "signature-bad"}
    assert code_of(_judge_key_id, parse(canonical.dumps(payload))) == "key-weak"


def test_an_unknown_suite_is_said_to_be_so(world):
    payload = enrolment(world, world.eu.make_key("new"), suite="ml-dsa-44")
    assert refusal(world, "eu", payload, also=["registrar"]) == "suite-unsupported"


def test_a_public_key_that_is_no_base64_is_refused(world):
    payload = enrolment(world, world.eu.make_key("new"), public="AAA")
    assert code_of(world.append, "eu", payload, also=["registrar"]) == "key-malformed"


# Keys that stop ----------------------------------------------------------------------


def act(world: World, kind: str, target: str, by: str = "head", party="eu") -> dict[str, Any]:
    body = {"key": world.sides[party].keys[target].key, "reason": "device-lost"}
    return world.payload("eu", kind, by=by, body=body)


@pytest.mark.parametrize(
    ("kind", "code"), [("key.suspended", "key-suspended"), ("key.revoked", "key-revoked")]
)
def test_a_stopped_key_signs_nothing_more_until_it_is_restored(kind, code, world):
    how = {} if kind == "key.suspended" else {"also": ["registrar"]}
    world.append("eu", act(world, kind, "desk"), **how)
    assert refusal(world, "eu", opening(world), [world.text("x", "subject")]) == code
    world.append("eu", act(world, "key.restored", "desk"), also=["registrar"])
    world.open_thread("eu")
    world.exchange()
    assert world.eu.digest == world.cn.digest


def test_anyone_of_its_desk_suspends_a_key_at_once(world):
    world.append("eu", act(world, "key.suspended", "desk", "clerk"))
    world.append("eu", act(world, "key.suspended", "clerk", "clerk"))
    other = act(world, "key.suspended", "head", "other-desk")
    assert refusal(world, "eu", other) == "role"


def test_two_persons_revoke_and_restore(world):
    for kind in ("key.revoked", "key.restored"):
        assert refusal(world, "eu", act(world, kind, "desk")) == "signature-missing"
        assert code_of(world.append, "eu", act(world, kind, "desk"), also=["clerk"]) == (
            "signature-missing"
        )


def test_nobody_revokes_or_restores_the_own_key(world):
    for kind in ("key.revoked", "key.restored"):
        payload = act(world, kind, "head")
        assert code_of(world.append, "eu", payload, also=["registrar"]) == "role"


def test_a_nodes_own_keys_are_not_stopped_this_way(world):
    for role in ("root", "node", "checkpoint", "cosigning", "link"):
        assert code_of(world.append, "eu", act(world, "key.suspended", role)) == "role"


def test_a_side_stops_its_own_keys_alone(world):
    assert code_of(world.append, "eu", act(world, "key.suspended", "desk", party="cn")) == "owner"


def test_a_key_that_is_not_enrolled_can_not_be_stopped(world):
    world.eu.make_key("stranger")
    assert code_of(world.append, "eu", act(world, "key.suspended", "stranger")) == "reference"


# Charters and rules (19) -------------------------------------------------------------


def test_before_a_charter_only_the_directory_is_valid():
    world = World()
    for party in PARTIES:
        world.found(party)
    for name in ("desk", "head"):
        world.enrol("eu", name)
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.append("eu", world.payload("eu", "peer.seen", by="node"))
    world.adopt("eu")
    world.exchange()
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.adopt("cn")
    assert code_of(world.open_thread, "eu") == "charter-absent"
    world.exchange()
    world.open_thread("eu")


def test_a_charter_is_in_force_once_both_adopted_the_same_bytes(world):
    world.adopt("eu", number=2, markings=["limited", "restricted"])
    world.adopt("cn", number=2, markings=["limited", "other"])
    world.exchange()
    code = code_of(world.open_thread, "eu", marking="restricted")
    assert code == "marking"
    world.adopt("cn", number=3, markings=["limited", "restricted"])
    world.adopt("eu", number=3, markings=["limited", "restricted"])
    world.exchange()
    world.open_thread("eu", marking="restricted")


def test_charters_are_numbered_upwards(world):
    assert code_of(world.adopt, "eu") == "charter-number"
    world.adopt("eu", number=5)
    assert code_of(world.adopt, "eu", number=4) == "charter-number"


def test_a_charter_is_the_document_that_the_entry_names(world):
    document = world.charter(number=2)
    body = {"number": 2, "digest": "0" * 64}
    payload = world.payload("eu", "charter.adopted", by="registrar", body=body)
    parts = [world.data("charter", document)]
    assert refusal(world, "eu", payload, parts) == "charter-mismatch"
    body = {"number": 3, "digest": sha256(canonical.dumps(document)).hexdigest()}
    assert code_of(world.append, "eu", payload | {"body": body}, parts) == "charter-mismatch"


def test_a_charter_names_these_two_logs(world):
    parties = world.charter()["parties"]
    assert isinstance(parties, list)
    strange = [parties[0] | {"origin": "other.example/log"}, parties[1]]
    assert code_of(world.adopt, "eu", number=2, parties=strange) == "charter-mismatch"


def test_what_is_no_charter_is_refused(world):
    assert code_of(world.adopt, "eu", number=2, nonsense=True) == "charter-malformed"


def test_rule_19_rules_that_this_program_does_not_know_are_said_to_be_so(world):
    for party in PARTIES:
        world.adopt(party, number=2, rules=2)
    world.exchange()
    assert refusal(world, "eu", opening(world), [world.text("x", "subject")]) == "rules-unsupported"


def test_rule_19_an_entry_is_judged_by_the_charter_in_force_in_its_past(world):
    """Written before the new charter arrived: valid by the old one, on both sides."""
    for party in PARTIES:
        world.adopt(party, number=2, markings=[])
    meanwhile = world.open_thread("eu", marking="limited")
    world.exchange()
    assert world.cn.verdicts[meanwhile.position] == ""
    assert code_of(world.open_thread, "eu", marking="limited") == "marking"


def test_where_the_charter_asks_for_it_a_second_official_clears(world):
    rows = [
        {
            "row": 1, "number": "A-1", "urgency": "normal", "rank": 1,
            "first_listed": "2026-11-20", "times_listed": 1,
        }
    ]  # fmt: skip
    payload = world.payload("eu", "batch.listed", body={"list": "W47", "rows": 1})
    parts = [world.data("list", {"rows": rows})]
    assert code_of(world.append, "eu", payload, parts) == "clearance-missing"
    assert code_of(world.append, "eu", payload, parts, also=["clerk"]) == "clearance-missing"
    world.append("eu", payload, parts, also=["head"])


# Kinds -------------------------------------------------------------------------------


def test_a_thread_is_opened_with_subjects_and_on_a_batch(world):
    assert refusal(world, "eu", opening(world), [world.text("no subject")]) == "entry-malformed"
    thread = world.open_thread("eu")
    on_thread = opening(world, body={"batch": thread.id})
    assert refusal(world, "eu", on_thread, [world.text("x", "subject")]) == "reference"
    unknown = opening(world, body={"batch": "a" * 64})
    assert refusal(world, "eu", unknown, [world.text("x", "subject")]) == "reference"


@pytest.mark.parametrize(
    ("places", "fine"), [([1], True), ([2], False), ([1, 1], False), ([0], True)]
)
def test_a_translation_names_text_parts_each_once(places, fine, world):
    thread = world.open_thread("eu")
    body = {"translation": {"lang": "zh-CN", "parts": places}}
    act_ = (world.note, "eu", thread.leaf.thread, ("One.", "一。"))
    if fine:
        act_[0](*act_[1:], body=body)
    else:
        assert code_of(*act_, body=body) == "entry-malformed"


def test_a_translation_is_no_file(world):
    thread = world.open_thread("eu")
    file = file_part(world.draw(), "a.txt", "text/plain", 1, "a" * 64)
    body = {"translation": {"lang": "zh-CN", "parts": [1]}}
    payload = world.payload("eu", "note.posted", thread=thread.leaf.thread, lang="en", body=body)
    assert code_of(world.append, "eu", payload, [world.text("x"), file]) == "entry-malformed"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"who": "eu"}, "ask-own-side"),
        ({"charter": "a" * 64}, "charter-mismatch"),
        ({"rule": "never"}, "ask-rule"),
        ({"calendar": "b" * 64}, "charter-mismatch"),
        ({"part": 1}, "entry-malformed"),
    ],
)
def test_a_question_is_put_to_the_other_side_under_the_charter(change, code, world):
    thread = world.open_thread("eu")
    wrong = [world.ask("eu", DUE, **change)]
    assert code_of(world.note, "eu", thread.leaf.thread, asks=wrong) == code
    right = [world.ask("eu", DUE, rule="three-working-days", calendar="c" * 64, part=0)]
    world.note("eu", thread.leaf.thread, asks=right)


def test_a_side_answers_what_it_was_asked(world):
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread, asks=[world.ask("eu", DUE)])
    assert code_of(world.answer, "eu", note) == "owner"


@pytest.fixture
def noted(world: World) -> Entry:
    """A note of EU's that CN holds."""
    note = world.note("eu", world.open_thread("eu").leaf.thread)
    world.exchange()
    return note


def test_the_other_side_acknowledges_and_the_own_side_corrects_and_withdraws(world, noted):
    assert code_of(world.about, "eu", "note.acknowledged", noted) == "owner"
    assert code_of(world.about, "cn", "note.withdrawn", noted) == "owner"
    world.about("cn", "note.acknowledged", noted)
    world.about("eu", "note.withdrawn", noted)


def test_an_entry_about_a_note_names_a_note_of_its_thread(world, noted):
    other = world.open_thread("cn")
    elsewhere = {"thread": other.leaf.thread}
    assert code_of(world.about, "cn", "note.acknowledged", noted, **elsewhere) == "reference"
    thread = next(e for e in world.cn.mirror.entries if e.leaf.kind == "thread.opened")
    assert code_of(world.about, "cn", "note.acknowledged", thread) == "reference"
    assert code_of(world.about, "cn", "note.acknowledged", noted, ref="a" * 64) == "reference"


def test_a_reopening_names_a_close_of_its_thread(world, noted):
    assert code_of(world.about, "cn", "thread.reopened", noted) == "reference"


def test_a_corrections_translation_is_checked_like_a_notes(world, noted):
    body = {"translation": {"lang": "zh-CN", "parts": [7]}}
    payload = world.payload(
        "eu", "note.corrected", thread=noted.leaf.thread, ref=noted.id, lang="en", body=body
    )
    assert code_of(world.append, "eu", payload, [world.text("x")]) == "entry-malformed"


# Sheets ------------------------------------------------------------------------------


def test_eu_lists_and_cn_answers(world):
    batch = world.list_batch(["A-1"])
    world.exchange()
    listed = batch.payload | {"log": world.cn.origin, "by": world.cn.keys["desk"].key, "seen": []}
    del listed["parts"]
    data = [world.data("list", {"rows": []})]
    assert code_of(world.append, "cn", listed, data, also=["head"]) == "owner"


def test_a_sheet_has_as_many_rows_as_the_entry_says_each_once(world):
    batch = world.list_batch(["A-1", "A-2"])
    world.exchange()
    row = {"row": 1, "number": "A-1"}
    assert code_of(world.answer_batch, batch, [row, row]) == "data-malformed"
    sheet = {"rows": [{"match": "found"} | row]}
    payload = world.payload("cn", "batch.answered", ref=batch.id, body={"rows": 2})
    parts = [world.data("return-sheet", sheet)]
    assert code_of(world.append, "cn", payload, parts, also=["head"]) == "data-malformed"
    nonsense = [world.data("return-sheet", {"columns": []})]
    assert code_of(world.append, "cn", payload, nonsense, also=["head"]) == "entry-malformed"


def test_a_return_sheet_names_a_batch(world, noted):
    payload = world.payload("cn", "batch.answered", ref=noted.id, body={"rows": 1})
    parts = [world.data("sheet", {"rows": [{"row": 1, "number": "A-1", "match": "found"}]})]
    assert code_of(world.append, "cn", payload, parts, also=["head"]) == "reference"
    unknown = payload | {"ref": "a" * 64}
    assert code_of(world.append, "cn", unknown, parts, also=["head"]) == "reference"


def test_a_row_that_was_not_listed_changes_no_listing(world):
    batch = world.list_batch(["A-1"])
    world.exchange()
    rows = [
        {"row": 7, "number": "A-7", "match": "not_found"},
        {"row": 1, "number": "A-1", "state": "review", "as_of": "2026-11-23"},
    ]
    world.answer_batch(batch, rows)
    world.exchange()
    assert world.eu.digest == world.cn.digest
    assert ("listing", f"{batch.id}:7") not in world.eu.replay.rows


# The record --------------------------------------------------------------------------


def test_data_is_not_erased_by_order_but_may_be_lost(world):
    batch = world.list_batch(["A-1"])
    assert code_of(world.erase, "eu", batch, [0]) == "erase-part"
    world.erase("eu", batch, [0], basis="lost")


def test_what_is_not_there_can_not_be_erased(world, noted):
    assert code_of(world.erase, "eu", noted, [1]) == "erase-part"
    payload = world.payload(
        "eu", "part.erased", by="head", ref="a" * 64, body={"parts": [0], "basis": "order"}
    )
    assert code_of(world.append, "eu", payload) == "reference"


def test_a_log_is_restored_within_its_size_by_the_root(world):
    size = world.eu.own.size
    stated = world.payload("eu", "log.restored", by="root", body={"size": size + 1})
    assert code_of(world.append, "eu", stated) == "reference"
    by_node = world.payload("eu", "log.restored", by="node", body={"size": size})
    assert code_of(world.append, "eu", by_node) == "role"
    world.append("eu", world.payload("eu", "log.restored", by="root", body={"size": size}))


# Rule 18 -----------------------------------------------------------------------------


def test_rule_18_an_invalid_entry_has_no_effect_and_what_follows_goes_on(world, noted):
    before = world.cn.digest
    payload = world.payload("cn", "note.withdrawn", thread=noted.leaf.thread, ref=noted.id)
    invalid = world.append("cn", payload, honest=False)
    world.exchange()
    assert world.eu.digest == world.cn.digest == before
    follow = world.about("cn", "note.acknowledged", noted)
    world.exchange()
    assert (world.eu.verdicts[invalid.position], world.eu.verdicts[follow.position]) == (
        "owner",
        "",
    )


def test_rule_18_a_refusal_changes_no_state(world, noted):
    payload = world.payload("cn", "note.withdrawn", thread=noted.leaf.thread, ref=noted.id)
    invalid = world.append("cn", payload, honest=False)
    world.exchange()
    before = world.eu.digest
    body = {"index": invalid.position.index, "code": "owner"}
    world.append("eu", world.payload("eu", "peer.refused", by="node", body=body))
    assert world.eu.digest == before


def test_rule_18_a_duplicate_shares_its_id_with_the_valid_entry(world, noted):
    thread = world.open_thread("cn")
    world.append_signed("cn", thread.submission, honest=False)
    world.exchange()
    assert [
        world.eu.verdicts[e.position] for e in world.eu.mirror.entries if e.id == thread.id
    ] == [
        "",
        "entry-duplicate",
    ]
    world.note("eu", thread.leaf.thread)
