"""The private log of one side: permitted kinds, and their rows."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, get_args, get_type_hints

import pytest

from special_channel.core.bytes import fields
from special_channel.core.bytes.dsse import decode
from special_channel.core.bytes.errors import Refused
from special_channel.core.entries import PRIVATE_KINDS, PrivateEntry, parse
from special_channel.core.replay.judge import prove
from special_channel.core.rows.past import Past, PlacedPrivately
from special_channel.core.rows.private import (
    AccessRow,
    AssignmentRow,
    ColumnsRow,
    ConfirmationRow,
    EscalationRow,
    PartsRow,
    PrivateKey,
    PrivateRow,
    escalation_key,
    private_key_of,
)
from special_channel.core.rows.writing import sign
from special_channel.core.rules.judge_context import JudgeContext
from special_channel.core.rules.private import fold_private, judge_private, private_needs
from special_channel.core.rules.private_case import PrivateCandidate, PrivatePlace
from tests.core.judging import accepted
from tests.core.test_judge_machines import machine
from tests.stories import DUE, Story, busy

RAISED: dict[str, Any] = {
    "q": "1", "due": DUE, "step": 1, "role": "head", "fired": DUE, "known": "confirmed",
}  # fmt: skip


class PrivateLog:
    """EU's private log in a busy world."""

    def __init__(self, story: Story) -> None:
        self.story = story
        self.world = story.world
        self.rows: dict[PrivateKey, PrivateRow] = {}
        self.entries: dict[PrivateKey, PrivateRow] = {}
        self.size = 0

    def payload(self, kind: str, **fields: Any) -> dict[str, Any]:
        stated = self.world.payload("eu", kind, **fields)
        return stated | {"log": fields.get("log", self.world.eu.private_origin), "seen": []}

    def append(self, payload: dict[str, Any], *signers: str, data: bytes | None = None) -> str:
        """Sign, judge and fold a private entry; return its id."""
        keys = [self.world.eu.keys[name] for name in signers or ("desk",)]
        envelope = decode(sign(payload, keys).envelope)
        entry: PrivateEntry = parse(envelope.payload)  # type: ignore[assignment]  # by the tests
        signed = prove(envelope, entry, self.world.eu.replay.rows)
        candidate = PrivateCandidate(envelope, entry, envelope.id, signed, data)
        eu, cn = self.world.eu.sizes
        context = JudgeContext(self.world.pins, self.world.eu.replay.rows, {})
        past = Past("eu", eu, cn)
        held = self._held(private_needs(entry))
        place = PrivatePlace(self.world.eu.private_origin, self.size)
        judge_private(candidate, past, context, held, place)
        placed = PlacedPrivately(self.size, eu, cn, DUE, envelope.id, entry, data)
        made = fold_private(held, placed)
        assert all(private_key_of(row) == key for key, row in made.items())
        self.rows.update(made)
        roles = "".join(part.k[0] for part in getattr(entry, "parts", ()))
        row = PartsRow(envelope.id, entry.kind, roles)
        self.entries[private_key_of(row)] = row
        self.size += 1
        return envelope.id

    def _held(self, keys: frozenset[PrivateKey]) -> dict[PrivateKey, PrivateRow]:
        """Rows as a store returns them: by key; steps and columns by the id of their entry."""
        return {
            key: row
            for key, row in (self.rows | self.entries).items()
            if key in keys or (key[0], getattr(row, "id", "")) in keys
        }

    def raising(self, **changed: Any) -> dict[str, Any]:
        body = RAISED | {"id": self.story.note.id} | changed
        return self.payload("escalation.raised", by="node", body=body)


@pytest.fixture
def log() -> PrivateLog:
    return PrivateLog(busy())


def code_of(act, *args, **kwargs) -> str:
    with pytest.raises(Refused) as caught:
        act(*args, **kwargs)
    return caught.value.code


def test_each_step_is_raised_once_per_question_and_due(log):
    log.append(log.raising(), "node")
    assert code_of(log.append, log.raising(), "node") == "escalation-known"
    log.append(log.raising(step=2), "node")
    log.append(log.raising(due="2026-11-25T09:00:00Z"), "node")
    assert [key for key in log.rows if key[0] == "escalation"] == [
        escalation_key(log.story.note.id, "1", due, step)
        for due, step in ((DUE, 1), (DUE, 2), ("2026-11-25T09:00:00Z", 1))
    ]


def test_an_official_says_that_she_has_it(log):
    raised = log.append(log.raising(), "node")
    log.append(log.payload("escalation.acknowledged", by="head", ref=raised), "head")
    (row,) = log.rows.values()
    assert isinstance(row, EscalationRow)
    assert row.acknowledged == (1,)
    assert len(log.rows) == 1


def test_a_step_is_acknowledged_once_and_only_if_it_was_raised(log):
    first, second = (log.append(log.raising(step=step), "node") for step in (1, 2))
    log.append(log.payload("escalation.acknowledged", by="head", ref=first), "head")
    again = log.payload("escalation.acknowledged", by="desk", ref=first)
    assert code_of(log.append, again) == "escalation-acknowledged"
    nothing = log.payload("escalation.acknowledged", ref="a" * 64)
    assert code_of(log.append, nothing) == "reference"
    log.append(log.payload("escalation.acknowledged", ref=second))


def test_a_thread_is_somebodys_or_nobodys(log):
    thread = log.story.thread.leaf.thread
    person = log.world.eu.person("clerk")
    log.append(log.payload("thread.assigned", thread=thread, body={"person": person}))
    assert log.rows["assignment", thread] == AssignmentRow(thread, person, 0)
    log.append(log.payload("thread.assigned", thread=thread))
    assert log.rows["assignment", thread] == AssignmentRow(thread, "", 1)


def test_columns_that_stay_at_home_are_kept_as_they_are(log):
    body = {"list": "W47", "rows": 1}
    parts = [{"k": "data", "c": "a" * 64}]
    log.append(log.payload("columns.kept", body=body, parts=parts), data=b'{"x":"y"}')
    row = log.rows["columns", "W47"]
    assert isinstance(row, ColumnsRow)
    assert row.data == '{"x":"y"}'


def kept(log: PrivateLog, data: bytes) -> str:
    """Store the columns of a list; return the entry's id."""
    parts = [{"k": "data", "c": sha256(data).hexdigest()}]
    body = {"list": "W47", "rows": 1}
    return log.append(log.payload("columns.kept", body=body, parts=parts), data=data)


def erasing(log: PrivateLog, ref: str, *parts: int, by: str = "head") -> dict[str, Any]:
    body = {"parts": list(parts), "basis": "order", "order": "Order 7/2026"}
    return log.payload("private.erased", by=by, ref=ref, body=body)


def test_columns_are_empty_once_the_entry_that_keeps_them_is_erased(log):
    first, second = (kept(log, data) for data in (b'{"x":"1"}', b'{"x":"2"}'))
    stands = log.rows["columns", "W47"]
    log.append(erasing(log, first, 0), "head")
    assert log.rows["columns", "W47"] == stands, "kept anew since"
    log.append(erasing(log, second, 0), "head")
    assert log.rows["columns", "W47"] == ColumnsRow("W47", 1, second, "")
    kept(log, b'{"x":"3"}')
    log.append(erasing(log, second, 0), "head")
    assert log.rows["columns", "W47"].data == '{"x":"3"}', "an order again changes nothing"


def test_an_order_names_parts_of_an_earlier_entry_of_the_private_log(log):
    written = {"lang": "en", "parts": [{"k": "text", "c": "a" * 64}, {"k": "file", "c": "b" * 64}]}
    thread = log.story.thread.leaf.thread
    note = log.append(log.payload("note.internal", thread=thread, **written))
    assert code_of(log.append, erasing(log, note, 2), "head") == "erase-part"
    assert code_of(log.append, erasing(log, log.story.note.id, 0), "head") == "reference"
    assert code_of(log.append, erasing(log, note, 0, by="desk"), "desk") == "role"
    assert log.size == 1
    log.append(erasing(log, note, 0, 1), "head")
    assert log.rows == {}


def test_private_erasure_by_order_names_the_order(log):
    note = log.append(
        log.payload(
            "note.internal",
            thread=log.story.thread.leaf.thread,
            lang="en",
            parts=[{"k": "text", "c": "a" * 64}],
        )
    )
    unnamed = erasing(log, note, 0) | {"body": {"parts": [0], "basis": "order"}}
    assert code_of(log.append, unnamed, "head") == "erase-order"
    log.append(unnamed | {"body": {"parts": [0], "basis": "lost"}}, "head")


def test_what_people_write_for_their_own_side_stands_in_parts():
    """Otherwise no order could erase it, since payloads stay."""
    bodies = [get_type_hints(model)["body"] for model in get_args(PrivateEntry)]
    said = {
        f"{body.__name__}.{name}"
        for body in bodies
        for name, hint in get_type_hints(body, include_extras=True).items()
        if not {fields.Name, str}.isdisjoint(get_args(hint | None))
    }
    assert said == {
        "Columns.list", "ExportScope.scope", "Erasure.order", "Access.purpose", "Access.order",
    }, "names, not words"  # fmt: skip


SCAN = {
    "file": "a" * 64,
    "scanner": "first",
    "verdict": "found",
    "threat": "Eicar-Test-Signature",
    "engine": "ClamAV 1.4.3",
    "signatures": "27812",
    "dated": "2026-11-28",
    "at": DUE,
}


def plain(log: PrivateLog) -> list[tuple[dict[str, Any], str]]:
    """Kinds without rows, with the roles of their signers."""
    thread = log.story.thread.leaf.thread
    written = {"lang": "en", "parts": [{"k": "text", "c": "a" * 64}]}
    draft = {"body": {"id": "a" * 64}}
    who = log.world.eu.person("desk")
    read = {"person": who, "what": "thread", "thread": thread, "eu": 1, "cn": 0, "at": DUE}
    return [
        (log.payload("note.internal", thread=thread, **written), "desk"),
        (log.payload("draft.cleared", by="head", **draft), "head"),
        (confirming(log, {"rules": ["S-040"], "reason": "as_source"}), "desk"),
        (log.payload("draft.returned", by="head", **draft, **written), "head"),
        (log.payload("access.read", by="node", body={"reads": [read]}), "node"),
        (log.payload("files.scanned", by="node", body={"scans": [SCAN]}), "node"),
        (
            log.payload("act.recorded", by="node", body={"act": "stopped", "of": "a" * 64}),
            "node",
        ),
        (
            log.payload(
                "alert.sent",
                by="node",
                body={"alert": "a" * 64, "channel": "mail", "state": "sent", "of": ["b" * 64]},
            ),
            "node",
        ),
        (
            log.payload(
                "export.made",
                by="node",
                body={
                    "scope": "all",
                    "asked_by": log.world.eu.keys["desk"].key,
                    "basis": "own-record",
                    "sha256": "a" * 64,
                },
            ),
            "node",
        ),
        (
            log.payload(
                "node.started",
                by="node",
                body={"said": DUE, "size": 9},
                **written,
            ),
            "node",
        ),
        (
            log.payload(
                "record.repaired",
                by="node",
                body={"places": [{"area": "cn", "what": "envelope", "index": 5}]},
            ),
            "node",
        ),
    ]


def test_other_kinds_only_stand_there(log):
    for payload, signers in plain(log):
        log.append(payload, *signers.split())
    assert {table for table, _ in log.rows} == {"confirmation"}
    assert log.size == 11


def test_every_private_kind_is_tried_here(log):
    tried = {payload["kind"] for payload, _ in plain(log)}
    folded = {
        "escalation.raised", "escalation.acknowledged", "thread.assigned", "columns.kept",
        "private.erased", "private.restored", "access.granted", "access.ended",
        "draft.routed", "draft.checked", "quarantine.asked", "quarantine.agreed",
    }  # fmt: skip
    assert tried | folded == PRIVATE_KINDS


# Confirmed findings ------------------------------------------------------------------


def confirming(log: PrivateLog, *confirmed: dict[str, Any], **fields: Any) -> dict[str, Any]:
    body = {"id": "a" * 64, "sense": 1, "confirmed": list(confirmed)}
    return log.payload("sense.confirmed", body=body, **fields)


def own_words(*roles: str) -> dict[str, Any]:
    return {"lang": "en", "parts": [{"k": role, "c": "a" * 64} for role in roles]}


def test_findings_are_confirmed_with_a_reason_for_each(log):
    rows = {"rules": ["S-040", "S-041"], "rows": [1, 7, 2000], "reason": "checked_file"}
    log.append(confirming(log, rows, {"rules": ["S-052"], "reason": "correction"}))
    second = {"rules": ["S-001"], "reason": "other", "text": 1}
    first = {"rules": ["S-002"], "reason": "other", "text": 0}
    entry = log.append(confirming(log, second, rows, first, **own_words("text", "text")))
    cleared = {"id": "a" * 64, "confirmed": [entry]}
    log.append(log.payload("draft.cleared", by="head", body=cleared), "head")
    log.append(erasing(log, entry, 0), "head")
    row = log.rows["confirmation", entry]
    assert row == ConfirmationRow(entry, 1, "a" * 64)
    assert len(log.rows) == 2


@pytest.mark.parametrize(
    ("confirmed", "fields"),
    [
        ({"rules": ["S-040", "S-040"]}, {}),
        ({"rules": []}, {}),
        ({"rules": ["S-40"]}, {}),
        ({"rows": [2, 1]}, {}),
        ({"rows": [1, 1]}, {}),
        ({"rows": [2001]}, {}),
        ({"reason": "whatever"}, {}),
        ({"reason": "other"}, {}),
        ({"reason": "other"}, own_words("text")),
        ({"text": 0}, own_words("text")),
        ({"reason": "other", "text": 0}, {}),
        ({"reason": "other", "text": 1}, own_words("text")),
        ({"reason": "other", "text": 0}, own_words("text", "text")),
        ({"reason": "other", "text": 0}, own_words("data")),
        ({"reason": "other", "text": 0}, {"parts": own_words("text")["parts"]}),
        ({}, {"lang": "en"}),
        ({}, own_words("text")),
    ],
    ids=range(17),
)
def test_a_confirmation_that_does_not_hold_together_is_refused(log, confirmed, fields):
    stated = {"rules": ["S-040"], "reason": "law"} | confirmed
    assert code_of(log.append, confirming(log, stated, **fields)) == "entry-malformed"


def test_a_release_names_confirmations_of_this_log(log):
    note = log.append(
        log.payload("note.internal", thread=log.story.thread.leaf.thread, **own_words("text"))
    )
    for wrong in (note, "b" * 64, log.story.note.id):
        body = {"id": "a" * 64, "confirmed": [wrong]}
        cleared = log.payload("draft.cleared", by="head", body=body)
        assert code_of(log.append, cleared, "head") == "reference"


def test_an_entry_for_another_log_is_refused(log):
    payload = log.raising() | {"log": log.world.eu.origin}
    assert code_of(log.append, payload, "node") == "entry-other-log"


def test_the_author_signs_and_only_the_own_side_does(log):
    assert code_of(log.append, log.raising(), "desk") == "signature-missing"
    log.world.eu.keys["theirs"] = log.world.cn.keys["desk"]
    assert code_of(log.append, log.raising(), "node", "theirs") == "owner"


def test_a_role_signs_its_private_kinds_alone(log):
    payload = log.raising() | {"by": log.world.eu.keys["desk"].key}
    assert code_of(log.append, payload, "desk") == "role"


def test_a_stopped_key_signs_nothing_here_either(log):
    act = {"key": log.world.eu.keys["desk"].key, "reason": "stated-at-home"}
    log.world.append("eu", log.world.payload("eu", "key.suspended", by="clerk", body=act))
    payload = log.payload("thread.assigned", thread=log.story.thread.leaf.thread)
    assert code_of(log.append, payload) == "key-suspended"


def test_a_private_entry_names_a_thread_that_is_there(log):
    assert code_of(log.append, log.payload("thread.assigned", thread="f" * 32)) == "thread-unknown"


def restored(log: PrivateLog, *, size: int, signed: int) -> dict[str, Any]:
    body = {"size": size, "signed": signed, "root": "c" * 64}
    return log.payload("private.restored", by="registrar", body=body)


@pytest.mark.parametrize("second", ["head", "director"])
def test_lost_tail_is_accepted_by_registrar_and_head(log, second):
    log.append(restored(log, size=0, signed=5), "registrar", second)
    assert log.rows == {}
    assert log.size == 1


@pytest.mark.parametrize(
    ("signers", "code"),
    [
        (("registrar",), "signature-missing"),
        (("registrar", "desk"), "signature-missing"),
        (("head", "director"), "signature-missing"),
    ],
)
def test_lost_tail_is_not_accepted_by_others(log, signers, code):
    with pytest.raises(Refused) as refused:
        log.append(restored(log, size=0, signed=5), *signers)
    assert refused.value.code == code


@pytest.mark.parametrize(("size", "signed"), [(1, 5), (3, 5), (2, 1)])
def test_lost_tail_is_accepted_where_the_log_goes_on(log, size, signed):
    for payload, signer in plain(log)[:2]:
        log.append(payload, signer)
    with pytest.raises(Refused) as refused:
        log.append(restored(log, size=size, signed=signed), "registrar", "head")
    assert refused.value.code == "restored-size"


def test_second_signature_of_a_suspended_key_accepts_no_loss(log):
    world = log.world
    head = world.eu.keys["head"]
    body = {"key": head.key, "reason": "stated-at-home"}
    world.append("eu", world.payload("eu", "key.suspended", by="registrar", body=body))
    with pytest.raises(Refused) as refused:
        log.append(restored(log, size=0, signed=5), "registrar", "head")
    assert refused.value.code == "key-suspended"


# Access of overseers -----------------------------------------------------------------


def access(log: PrivateLog, by: str = "oversight", **body: Any) -> dict[str, Any]:
    stated = {
        "person": log.world.eu.person("clerk"),
        "until": DUE,
        "purpose": "Audit of 2026",
        "order": "Order 7/2026",
    }
    stated = {name: value for name, value in (stated | body).items() if value is not None}
    return log.payload("access.granted", by=by, body=stated)


def test_access_is_granted_by_the_root_or_two_overseers(log):
    world = log.world
    world.add_key("eu", "oversight", "laptop")
    world.grant("eu", "auditor", role="oversight", desk="audit")
    world.add_key("eu", "auditor", "auditor")
    assert code_of(log.append, access(log), "oversight") == "signature-missing"
    assert code_of(log.append, access(log), "oversight", "laptop") == "signature-missing"
    for second in ("head", "registrar", "node"):
        assert code_of(log.append, access(log), "oversight", second) == "signature-missing"
    log.append(access(log), "oversight", "auditor")
    by_root = access(log, "root")
    assert code_of(log.append, by_root, "root") == "root-threshold"
    assert code_of(log.append, by_root, "root", "oversight") == "root-threshold"
    log.append(by_root, "root", "root-2")
    assert log.size == 2


@pytest.mark.parametrize("by", ["head", "director", "registrar", "desk", "node"])
def test_leaders_grant_and_end_no_access(log, by):
    assert code_of(log.append, access(log, by), by, "oversight") == "role"
    ended = log.payload("access.ended", by=by, ref="a" * 64)
    assert code_of(log.append, ended, by) == "role"


def rooted(log: PrivateLog, **body: Any) -> str:
    """Grant access by the root; return the entry's id."""
    return log.append(access(log, "root", **body), "root", "root-2")


def test_access_is_ended_by_one_overseer_or_the_root(log):
    ref = rooted(log)
    log.append(log.payload("access.ended", by="oversight", ref=ref), "oversight")
    by_root = log.payload("access.ended", by="root", ref=ref)
    assert code_of(log.append, by_root, "root") == "root-threshold"
    log.append(by_root, "root", "root-3")
    row = log.rows["access", ref]
    assert isinstance(row, AccessRow)
    assert row.ended == 1, "the first end counts"


def test_unknown_access_is_not_ended(log):
    ended = log.payload("access.ended", by="oversight", ref="a" * 64)
    assert code_of(log.append, ended, "oversight") == "reference"
    note = log.append(log.payload("draft.cleared", by="head", body={"id": "a" * 64}), "head")
    ended = log.payload("access.ended", by="oversight", ref=note)
    assert code_of(log.append, ended, "oversight") == "reference"


def test_signer_of_a_grant_is_not_its_reader(log):
    log.world.grant("eu", "auditor", role="oversight", desk="audit")
    log.world.add_key("eu", "auditor", "auditor")
    for who in ("oversight", "auditor"):
        own = access(log, person=log.world.eu.person(who))
        assert code_of(log.append, own, "oversight", "auditor") == "own-grant"
    rooted(log, person=log.world.eu.person("oversight"))


def test_owner_of_a_service_grants_it_no_access(log):
    """What a service reads, the overseer who answers for it reads."""
    log.world.grant("eu", "auditor", role="oversight", desk="audit")
    log.world.add_key("eu", "auditor", "auditor")
    owner = log.world.eu.person("auditor")
    accepted(log.world, "eu", machine(log.world, "eu", "service", owner=owner))
    own = access(log, person=None, key=log.world.eu.keys["new"].key)
    assert code_of(log.append, own, "oversight", "auditor") == "own-grant"
    assert (
        code_of(log.append, own | {"by": log.world.eu.keys["auditor"].key}, "auditor")
        == "own-grant"
    )
    log.world.grant("eu", "clerk", grant=2, role="oversight", desk="audit")
    log.append(own, "oversight", "clerk")


def test_granted_access_is_a_row(log):
    dates = {"first": "2026-11-01", "last": "2026-11-30"}
    scope = {"threads": ["b" * 32], "batches": ["c" * 64], "dates": dates}
    ref = rooted(log, **scope)
    assert log.rows["access", ref] == AccessRow(
        id=ref,
        index=0,
        person=log.world.eu.person("clerk"),
        key="",
        threads=("b" * 32,),
        batches=("c" * 64,),
        first="2026-11-01",
        last="2026-11-30",
        until=DUE,
        purpose="Audit of 2026",
        order="Order 7/2026",
    )
    accepted(log.world, "eu", machine(log.world, "eu", "service"))
    service = log.world.eu.keys["new"].key
    row = log.rows["access", rooted(log, person=None, key=service)]
    assert isinstance(row, AccessRow)
    assert (row.person, row.key, row.whole) == ("", service, True)


def test_an_overseer_grants_no_access_by_an_own_key(log):
    log.world.grant("eu", "auditor", role="oversight", desk="audit")
    log.world.add_key("eu", "auditor", "auditor")
    log.world.add_key("eu", "oversight", "laptop")
    keys = [log.world.eu.keys[name].key for name in ("oversight", "laptop", "node")]
    for key in (*keys, "eu:" + "0" * 32):
        own = access(log, person=None, key=key)
        assert code_of(log.append, own, "oversight", "auditor") == "reference"


@pytest.mark.parametrize(
    "body",
    [
        {"person": None},
        {"key": "eu:" + "0" * 32},
        {"until": None},
        {"purpose": ""},
        {"order": None},
        {"threads": []},
        {"batches": ["a" * 64] * 201},
        {"dates": {"first": "2026-11-24"}},
    ],
)
def test_access_says_whose_why_and_until_when(log, body):
    assert code_of(log.append, access(log, **body), "oversight") == "entry-malformed"


@pytest.mark.parametrize("reads", [0, 101])
def test_readings_come_in_lists_of_up_to_100(log, reads):
    one = {"person": log.world.eu.person("desk"), "what": "inbox", "eu": 1, "cn": 0, "at": DUE}
    payload = log.payload("access.read", by="node", body={"reads": [one] * reads})
    assert code_of(log.append, payload, "node") == "entry-malformed"


@pytest.mark.parametrize("scans", [[], [SCAN] * 101, [SCAN | {"verdict": "checking"}]])
def test_verdicts_of_scanners_come_in_lists_of_up_to_100(log, scans):
    payload = log.payload("files.scanned", by="node", body={"scans": scans})
    assert code_of(log.append, payload, "node") == "entry-malformed"


def test_private_entries_state_the_function_too(log):
    thread = log.story.thread.leaf.thread
    payload = log.payload("thread.assigned", thread=thread, **{"as": 2})
    assert code_of(log.append, payload) == "grant-ended"
    granted = log.world.granting("eu", "desk", grant=2, role="head")
    log.world.append("eu", granted)
    assert code_of(log.append, payload) == "grant-key"
    by_node = log.raising() | {"as": 1}
    assert code_of(log.append, by_node, "node") == "grant-ended"
