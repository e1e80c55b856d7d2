"""The judge's checks come in the order of docs/rules.md: the first that fails gives the code."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, cast

import pytest

from special_channel.core.bytes.dsse import decode
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import part_refs, sign
from tests.authenticator import RP, Authenticator, authenticator
from tests.core.judging import code_of, opening
from tests.core.test_rules_moves import RULE
from tests.core.test_rules_withdrawn import Reply
from tests.stories import COUNTED, DUE, LATER
from tests.world import AGREED, World

ZEROS = "0" * 64


@dataclass
class Draft:
    """A note with a question, released by a head of unit; faults change it without a signature."""

    world: World
    thread: str
    own_question: str
    by: str = "desk"
    signers: list[tuple[Party, str]] = field(
        default_factory=lambda: [("eu", "author"), ("eu", "head")]
    )
    log: str = "eu.channel.example/log"
    question: dict[str, Any] = field(default_factory=dict)
    fields: dict[str, Any] = field(default_factory=dict)
    forged: bool = False

    def submission(self) -> Submission:
        world = self.world
        parts = [world.text("May it be sent again?")]
        asked = world.ask("eu", COUNTED, rule=RULE) | self.question
        payload = world.payload(
            "eu",
            "note.posted",
            by=self.by,
            **({"thread": self.thread, "lang": "en", "asks": [asked]} | self.fields),
        )
        payload |= {"parts": part_refs(parts), "log": self.log}
        keys = [
            world.sides[party].keys[self.by if name == "author" else name]
            for party, name in self.signers
        ]
        signed = sign(payload, keys, parts)
        if not self.forged:
            return signed
        envelope = decode(signed.envelope)
        broken = tuple(
            replace(each, sig=each.sig[:-1] + bytes([each.sig[-1] ^ 1]))
            for each in envelope.signatures
        )
        return Submission(replace(envelope, signatures=broken).encode(), signed.parts)


def asked(**changed: Any) -> Callable[[Draft], None]:
    return lambda draft: draft.question.update(changed)


def stated(**changed: Any) -> Callable[[Draft], None]:
    return lambda draft: draft.fields.update(changed)


def seen_otherwise(draft: Draft) -> None:
    draft.fields["seen"] = [{"log": draft.world.cn.origin, "size": 1, "root": ZEROS}]


def answers_its_own(draft: Draft) -> None:
    draft.fields["answers"] = [{"id": draft.own_question, "q": ["1"]}]


ORDER: list[tuple[str, Callable[[Draft], None]]] = [
    ("signature-bad", lambda draft: setattr(draft, "forged", True)),
    ("entry-other-log", lambda draft: setattr(draft, "log", draft.world.cn.origin)),
    ("seen-inconsistent", seen_otherwise),
    ("signature-missing", lambda draft: draft.signers.remove(("eu", "author"))),
    ("owner", lambda draft: draft.signers.append(("cn", "desk"))),
    ("key-suspended", lambda draft: draft.signers.append(("eu", "clerk"))),
    ("root-threshold", lambda draft: draft.signers.append(("eu", "root"))),
    ("grant-ended", stated(**{"as": 9})),
    ("role", lambda draft: setattr(draft, "by", "node")),
    ("suite-policy", lambda draft: draft.signers.append(("eu", "director"))),
    ("signature-origin", lambda draft: draft.signers.append(("eu", "touch"))),
    ("clearance-missing", lambda draft: draft.signers.remove(("eu", "head"))),
    ("thread-unknown", stated(thread="f" * 32)),
    ("entry-malformed", stated(body={"translation": {"lang": "zh", "parts": [9]}})),
    ("ask-number", asked(q="2")),
    ("ask-own-side", asked(who="eu")),
    ("charter-mismatch", asked(charter=ZEROS)),
    ("charter-mismatch", asked(calendar=ZEROS)),
    ("ask-rule", asked(rule="none-such")),
    ("ask-early", asked(due="2026-11-24T09:00:00Z")),
    ("ask-provisional", asked(due="2027-01-04T09:30:00Z")),
    ("entry-malformed", asked(part=9)),
    ("reference", asked(promise={"point": ZEROS, "agreed": ZEROS})),
    ("reference", stated(answers=[{"id": ZEROS, "q": ["1"]}])),
    ("owner", answers_its_own),
    ("marking", stated(marking="secret")),
]
"""Each fault with its code. One that comes first hides all behind it, and none before."""


@pytest.fixture
def draft() -> Draft:
    world = World.founded(
        release=[{"kind": "asks", "roles": ["head"]}],
        suites=[{"role": "director", "suites": ["webauthn-es256"]}],
    )
    touch = world.eu.keys["touch"] = authenticator("eu", "touch")
    world.enrol("eu", "touch", rp=RP)
    cast(Authenticator, touch.private).origin = "https://eu.channel.example"
    thread = world.open_thread("eu").leaf.thread
    assert thread is not None
    digest = {"charter": world.eu.replay.rows["charter", "1"].adoptions[0].digest}
    question = world.ask("eu", COUNTED, rule=RULE) | digest
    payload = world.payload("eu", "note.posted", thread=thread, lang="en", asks=[question])
    own = world.append("eu", payload, [world.text("Is it?")], also=["head"])
    stop = {"key": world.eu.keys["clerk"].key, "reason": "stated-at-home"}
    world.append("eu", world.payload("eu", "key.suspended", by="desk", body=stop))
    made = Draft(world, thread, own.id)
    made.question |= digest
    return made


@pytest.mark.parametrize("first", range(len(ORDER)), ids=lambda place: f"{place + 1}")
def test_first_check_that_fails_gives_the_code(draft, first):
    code, _ = ORDER[first]
    for _, fault in reversed(ORDER[first:]):
        fault(draft)
    assert code_of(draft.world.append_signed, "eu", draft.submission()) == code


def test_entry_without_these_faults_is_valid(draft):
    draft.world.append_signed("eu", draft.submission())


def test_a_known_id_is_a_duplicate_whoever_signed_it(draft):
    draft.world.append_signed("eu", draft.submission())
    known = draft.world.eu.own.entries[-1].submission
    envelope = decode(known.envelope)
    stranger = draft.world.cn.keys["desk"]
    payload = draft.world.eu.own.entries[-1].payload
    other = sign(payload, [draft.world.eu.keys["desk"], stranger], known.parts)
    assert decode(other.envelope).id == envelope.id
    assert code_of(draft.world.append_signed, "eu", other) == "entry-duplicate"


def test_charter_is_looked_for_before_keys_and_after_signers():
    world = World()
    for party in PARTIES:
        world.found(party)
    world.exchange()
    parts = [world.text("x", "subject")]
    payload = opening(world) | {"parts": part_refs(parts), "by": world.eu.keys["node"].key}
    unsigned = sign(payload, [world.eu.keys["registrar"]], parts)
    assert code_of(world.append_signed, "eu", unsigned) == "signature-missing"
    signed = sign(payload, [world.eu.keys["node"]], parts)  # of a role that may not
    assert code_of(world.append_signed, "eu", signed) == "charter-absent"


# Due times ---------------------------------------------------------------------------

NONSENSE = "no note\n"
PASSED = [
    "owner",
    "deadline-due",
    "deadline-early",
    "deadline-not-agreed",
    "deadline-answered",
    "deadline-ended",
    "deadline-withdrawn",
    "deadline-delivered",
    "deadline-head",
]


@pytest.mark.parametrize("first", PASSED)
def test_first_check_of_a_passed_due_time_gives_the_code(first):
    """An entry has the fault `first` and all later faults, in its body or its past."""
    faults = frozenset(PASSED[PASSED.index(first) :])
    reply = Reply(rule=None if "deadline-not-agreed" in faults else AGREED)
    world = reply.world
    if "deadline-withdrawn" in faults:
        answer = reply.answer(-60)
        if "deadline-answered" in faults:
            reply.answer(-30)
        reply.withdraw(answer, 60)
    if "deadline-ended" in faults:
        reply.end()
    reply.due(120)
    body = {"delivered": NONSENSE} if "deadline-delivered" in faults else {}
    if "deadline-early" in faults:
        body["fired"] = "2026-11-24T08:59:59Z"
    due = LATER if "deadline-due" in faults else DUE
    payload = world.passing("eu", reply.note, due, head=NONSENSE, **body)
    party: Party = "cn" if first == "owner" else "eu"
    side = world.sides[party]
    payload |= {"log": side.origin, "by": side.keys["node"].key, "seen": world.seen(party)}
    assert code_of(world.append, party, payload) == first


def test_due_time_is_known_before_anything_else_is_looked_at():
    reply = Reply()
    reply.confirm()
    reply.answer(60)
    reply.end()
    early = {"fired": "2026-11-24T08:59:59Z", "delivered": NONSENSE}
    assert code_of(reply.passed, head=NONSENSE, **early) == "deadline-known"


def test_what_is_over_is_not_moved_whoever_moves_it_and_why():
    reply = Reply()
    reply.answer(-60)
    reply.end()
    reply.world.exchange()
    body = {"q": "1", "due": DUE, "basis": "calendar"}
    for party in PARTIES:
        by = "node" if party == "cn" else "desk"
        code = code_of(reply.world.about, party, "deadline.moved", reply.note, by=by, body=body)
        assert code == "deadline-answered"


def test_acceptance_is_looked_at_in_order():
    reply = Reply(rule=None)
    move = partial(code_of, reply.world.about, "cn", "deadline.moved", reply.note)
    body = {"q": "1", "due": LATER, "basis": "agreed", "provisional": True}
    assert move(by="node", body=body | {"basis": "calendar"}) == "owner"
    assert move(by="node", body=body) == "role"
    assert move(body=body) == "entry-malformed"
    del body["provisional"]
    assert move(body=body) == "deadline-due"
