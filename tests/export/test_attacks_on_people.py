"""Attacks on persons and keys: the own judge, the other side's mirror and the verifier agree.

Each row is an attack on the rules K2 to K22 (docs/rules.md) by a side's own people, with the code
that it gets. An honest node refuses the entry. A node that commits it all the same finds it without
effect and named at the other side, and in each verified bundle.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from special_channel.core.bytes import suites
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.bytes.times import from_posix
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer, part_refs, sign
from special_channel.core.rules.state import Rows
from special_channel.export.verify import verify
from tests.bundles import trust_file
from tests.core.auditing import report_of
from tests.export.bundling import bundle, packed, unpacked
from tests.export.test_write import table
from tests.world import Entry, World

UNTIL = {"until": "2026-12-24T00:00:00Z"}
RELEASED = [{"kind": "thread.opened", "roles": ["desk", "head"]}]


@dataclass
class Stage:
    """A side whose people attack, with the helpers that build what they sign."""

    world: World
    party: Party

    def key(self, name: str) -> str:
        return self.world.sides[self.party].keys[name].key

    def done(self, payload: Any, *also: str) -> Entry:
        return self.world.append(self.party, payload, also=also)

    def granting(self, name: str, by: str = "registrar", **changed: Any) -> Any:
        if name not in self.world.sides[self.party].keys:
            self.world.sides[self.party].make_key(name)
        return self.world.granting(self.party, name, by, **changed)

    def enrolment(self, name: str, key: str) -> Any:
        if key not in self.world.sides[self.party].keys:
            self.world.sides[self.party].make_key(key)
        return self.world.enrolment(self.party, name, key)

    def add_key(self, name: str, key: str) -> None:
        self.world.add_key(self.party, name, key)

    def stop(self, name: str, by: str = "head", **how: Any) -> Entry:
        return self.done(self.world.suspension(self.party, name, by, **how))

    def stopping(self, name: str, by: str = "head", **how: Any) -> Any:
        return self.world.suspension(self.party, name, by, **how)

    def restoring(self, stop: Entry, by: str) -> Any:
        return self.world.restoration(self.party, stop, by)

    def revoking(self, name: str, **body: Any) -> Any:
        return self.world.revocation(self.party, name, **body)

    def stand_in(self, name: str, absent: str, *keys: str) -> None:
        person, role = self.world.sides[self.party].person(absent), absent
        body = {"grant": 2, "role": role, "for": person, "keys": list(keys), **UNTIL}
        self.done(self.granting(name, "second-registrar", **body), "director")
        self.known()

    def ended(self, name: str, grant: int = 1) -> None:
        body = {
            "person": self.world.sides[self.party].person(name),
            "grant": grant,
            "reason": "ended",
        }
        self.done(self.world.payload(self.party, "role.ended", by="head", body=body), "registrar")

    def left(self, name: str) -> None:
        body = {"person": self.world.sides[self.party].person(name)}
        self.done(self.world.payload(self.party, "person.left", by="head", body=body), "registrar")

    def known(self) -> None:
        """Let the other side hold what was signed, and say so."""
        self.world.exchange()
        other = peer_of(self.party)
        self.world.append(other, self.world.payload(other, "peer.seen", by="node"))
        self.world.exchange()

    def thread(self, by: str = "desk", function: int = 0) -> Any:
        body: Any = {"batch": "standing"}
        thread, stated = self.world.thread_id(), {"as": function} if function else {}
        payload = self.world.payload(
            self.party, "thread.opened", by=by, thread=thread, lang="en", body=body
        )
        return payload | stated

    def review(self, entry: str, by: str) -> Any:
        body = {"word": "confirmed", "entries": [entry]}
        return self.world.payload(self.party, "entry.reviewed", by=by, body=body)

    def submission(self, payload: Any, also: Sequence[str], unsigned: str = "") -> Submission:
        """Sign as author, unless `unsigned`, and others; a thread gets its subject."""
        signers = self.world.sides[self.party].keys
        parts = [self.world.text("A subject", "subject")] if "thread" in payload else []
        if parts:
            payload = payload | {"parts": part_refs(parts)}
        author = next(one for one in signers.values() if one.key == payload["by"])
        others = [signers[name] for name in also]
        return sign(payload, others if unsigned else [author, *others], parts)


Attack = tuple[Any, tuple[str, ...]] | tuple[Any, tuple[str, ...], str]
"""A payload, and who signs it beside its author; a third member says that the author does not."""


def _own_second_key(stage: Stage) -> Attack:
    stage.add_key("registrar", "spare")
    return stage.granting("newcomer"), ("spare",)


def _stand_in_of_oneself(stage: Stage) -> Attack:
    stage.stand_in("registrar", "head", stage.key("registrar"))
    return stage.granting("newcomer") | {"as": 2}, ()


def _newcomer_unknown(stage: Stage) -> Attack:
    stage.done(stage.granting("third", role="registrar", desk="registry"), "second-registrar")
    stage.done(stage.enrolment("third", "third"), "registrar", "second-registrar")
    return stage.granting("newcomer"), ("third",)


def _unsigned_enrolment(stage: Stage) -> Attack:
    return stage.enrolment("desk", "laptop"), ("registrar", "head"), "unsigned"


def _foreign_key_id(stage: Stage) -> Attack:
    side = stage.world.sides[stage.party]
    private = side.make_key("other").private
    side.keys["new"] = Signer(suites.key_id(stage.party, "ed25519", b"x" * 32), private)
    return stage.enrolment("desk", "new"), ("registrar", "head")


def _released_by_own_key(stage: Stage) -> Attack:
    stage.add_key("desk", "laptop")
    return stage.thread(), ("laptop",)


def _released_as_stand_in(stage: Stage) -> Attack:
    stage.add_key("desk", "laptop")
    stage.stand_in("desk", "head", stage.key("laptop"))
    return stage.thread(by="laptop", function=2), ("desk",)


def _ended_function(stage: Stage) -> Attack:
    stage.ended("desk")
    return stage.thread(), ("clerk",)


def _unlisted_key(stage: Stage) -> Attack:
    stage.add_key("desk", "laptop")
    promoted = stage.granting("desk", grant=2, role="head", keys=[stage.key("laptop")])
    stage.done(promoted, "second-registrar")
    return stage.thread(function=2), ("clerk",)


def _third_stop(stage: Stage) -> Attack:
    for name in ("desk", "clerk"):
        stage.stop(name)
    return stage.stopping("director"), ()


def _own_restoration(stage: Stage) -> Attack:
    stage.add_key("head", "laptop")
    return stage.restoring(stage.stop("head", "director"), "laptop"), ("registrar",)


def _one_of_two_stops(stage: Stage) -> Attack:
    first = stage.stop("desk", "clerk")
    stage.stop("desk", whole=True)
    stage.done(stage.restoring(first, "head"), "registrar")
    return stage.thread(), ("clerk",)


def _restored_after_revocation(stage: Stage) -> Attack:
    stop = stage.stop("desk")
    stage.done(stage.revoking("desk"), "registrar")
    return stage.restoring(stop, "head"), ("registrar",)


def _restored_after_leaving(stage: Stage) -> Attack:
    stop = stage.stop("desk", whole=True)
    stage.left("desk")
    return stage.restoring(stop, "head"), ("registrar",)


def _granted_after_leaving(stage: Stage) -> Attack:
    stage.left("desk")
    return stage.granting("desk", grant=2), ("second-registrar",)


def _after_stop(stage: Stage) -> Attack:
    attack = stage.thread(), ("clerk",)  # written before the stop, and on its way
    stage.stop("desk", "clerk")
    return attack


def _later_since(stage: Stage) -> Attack:
    stage.done(stage.revoking("desk", since=9), "registrar")
    return stage.revoking("desk", since=10), ("registrar",)


def _since_beyond(stage: Stage) -> Attack:
    return stage.stopping("desk", since=stage.world.sides[stage.party].own.size + 1), ()


def _disputed(stage: Stage) -> str:
    stage.add_key("desk", "laptop")
    opened = stage.world.append_signed(stage.party, stage.submission(stage.thread(), ("clerk",)))
    stage.stop("desk", since=opened.position.index)
    return opened.id


def _reviewed_by_another(stage: Stage) -> Attack:
    return stage.review(_disputed(stage), "other-desk"), ()


def _reviewed_by_the_key_itself(stage: Stage) -> Attack:
    return stage.review(_disputed(stage), "desk"), ()


def _reviewed_without_doubt(stage: Stage) -> Attack:
    opened = stage.world.append_signed(stage.party, stage.submission(stage.thread(), ("clerk",)))
    return stage.review(opened.id, "desk"), ()


def _reviewed_of_the_other_side(stage: Stage) -> Attack:
    _disputed(stage)
    theirs = Stage(stage.world, peer_of(stage.party))
    opened = stage.world.append_signed(theirs.party, theirs.submission(theirs.thread(), ("clerk",)))
    stage.world.exchange()
    return stage.review(opened.id, "laptop"), ()


TABLE: dict[str, tuple[str, Callable[[Stage], Attack]]] = {
    "1 registrar alone grants a head": (
        "persons-missing", lambda s: (s.granting("newcomer", role="head"), ())),
    "1 registrar alone grants a director": (
        "persons-missing", lambda s: (s.granting("newcomer", role="director"), ())),
    "1 registrar alone grants a registrar": (
        "persons-missing", lambda s: (s.granting("newcomer", role="registrar"), ())),
    "1 registrar alone grants an overseer": (
        "persons-missing", lambda s: (s.granting("newcomer", role="oversight"), ())),
    "1 registrar alone grants an official": (
        "persons-missing", lambda s: (s.granting("newcomer"), ())),
    "2 with two keys of that registrar": ("persons-missing", _own_second_key),
    "2 with the registrar's function as a stand-in": ("persons-missing", _stand_in_of_oneself),
    "2 to the own person, with a second registrar": (
        "own-grant",
        lambda s: (s.granting("registrar", grant=2, role="head"), ("second-registrar",))),
    "3 with a newcomer whom the other side does not know": ("person-unseasoned", _newcomer_unknown),
    "5 two heads without a registrar": (
        "persons-missing", lambda s: (s.granting("newcomer", by="head"), ("director",))),
    "5 a key by two heads": (
        "persons-missing", lambda s: (s.enrolment("desk", "laptop"), ("head", "director"))),
    "7 an enrolment that the new key did not sign": ("signature-missing", _unsigned_enrolment),
    "7 the id of another key": ("key-id", _foreign_key_id),
    "7 a key that is enrolled in another role": (
        "key-known", lambda s: (s.enrolment("desk", "node"), ("registrar", "head"))),
    "8 a second key for an official, by the registrar alone": (
        "persons-missing", lambda s: (s.enrolment("desk", "laptop"), ("registrar",))),
    "9 the author releases with another own key": ("clearance-missing", _released_by_own_key),
    "9 the author releases as a stand-in": ("clearance-missing", _released_as_stand_in),
    "10 under a function that has ended": ("grant-ended", _ended_function),
    "10 under a function that was never granted": (
        "grant-ended", lambda s: (s.thread(function=3), ("clerk",))),
    "10 with a key that a head's function does not list": ("grant-key", _unlisted_key),
    "11 one head stops a third person": ("suspend-limit", _third_stop),
    "12 an official stops somebody of another desk": (
        "role", lambda s: (s.stopping("desk", "other-desk"), ())),
    "12 somebody stops the checkpoint key": (
        "role", lambda s: (s.stopping("checkpoint", reason="stolen"), ())),
    "13 the holder restores the own key, with a registrar": ("persons-missing", _own_restoration),
    "13 one leader restores": (
        "persons-missing", lambda s: (s.restoring(s.stop("desk"), "head"), ())),
    "13 signing after one of two stops was restored": ("key-suspended", _one_of_two_stops),
    "14 restoring a key that was revoked": ("key-ended", _restored_after_revocation),
    "14 restoring who left": ("key-ended", _restored_after_leaving),
    "14 a new function for who left": ("person-ended", _granted_after_leaving),
    "15 an entry that arrives after its key was stopped": ("key-suspended", _after_stop),
    "16 doubt since an index that the log lacks": ("since-order", _since_beyond),
    "16 a second revocation with later doubt": ("since-order", _later_since),
    "17 a review by somebody else": ("role", _reviewed_by_another),
    "17 a review by the doubtful key": ("key-suspended", _reviewed_by_the_key_itself),
    "17 a review of an entry without doubt": ("review-undoubted", _reviewed_without_doubt),
    "17 a review of the other side's entry": ("owner", _reviewed_of_the_other_side),
}  # fmt: skip


def without_the_entry(rows: Rows, entry: Entry) -> Rows:
    return {key: row for key, row in rows.items() if key != ("entry", entry.id)}


@pytest.mark.parametrize("party", ["eu", "cn"])
@pytest.mark.parametrize("name", TABLE)
def test_attack_is_refused_without_effect_and_named(name: str, party: Party) -> None:
    code, build = TABLE[name]
    stage = Stage(World.founded(release=RELEASED), party)
    stage.known()
    sent = stage.submission(*build(stage))
    world, side = stage.world, stage.world.sides[party]
    size = side.own.size
    with pytest.raises(Refused) as refused:
        world.append_signed(party, sent)
    assert refused.value.code == code
    assert side.own.size == size
    world.exchange()
    peer = world.sides[peer_of(party)]
    before = dict(peer.replay.rows)
    entry = world.append_signed(party, sent, honest=False)
    world.exchange()
    assert peer.verdicts[entry.position] == code
    assert without_the_entry(peer.replay.rows, entry) == before
    named = {
        (str(found.place.log), found.place.index): str(dict(found.facts).get("code", found.code))
        for found in report_of(world).findings
        if found.severity == "fault"
    }
    assert named == {(party, entry.position.index): code}


# 18. Doubt over a year of delivered notes ------------------------------------------------


def year_of_notes(world: World, party: Party) -> list[Entry]:
    """Put a question a month, all delivered: half are answered, half are not in time."""
    peer, notes = peer_of(party), []
    for month in range(12):
        due = from_posix(world.clock.seconds + 20 * 86400)
        thread = world.open_thread(party).leaf.thread
        notes.append(world.note(party, thread, asks=[world.ask(party, due)]))
        world.exchange()
        world.acknowledge(peer, notes[-1])
        if month % 2:
            world.clock.forward(20 * 86400 + 1)
            world.pass_due(party, notes[-1], due, head=world.stamp(peer))
        else:
            world.answer(peer, notes[-1])
        world.exchange()
        world.clock.forward(10 * 86400)
    return notes


def states(world: World, party: Party) -> Rows:
    """Rows of a side’s state, except those of `PEOPLE`."""
    rows = world.sides[party].replay.rows
    return {key: row for key, row in rows.items() if key[0] not in PEOPLE}


PEOPLE = {"key", "person", "entry"}
"""Rows that state the doubt, and the entries themselves."""

TABLES = ("asks", "passed", "applications", "licences")


@pytest.mark.parametrize("party", ["eu", "cn"])
def test_doubt_over_a_year_of_delivered_notes_is_valid(party: Party) -> None:
    """Judge, mirror and verifier: the notes are disputed, and no state or due time changes."""
    world, peer = World.founded(), peer_of(party)
    first = world.sides[party].own.size
    notes = year_of_notes(world, party)
    before = {each: states(world, each) for each in (party, peer)}
    _, files = unpacked(bundle(world))
    held = {name: table(files, name) for name in TABLES}
    world.append(party, world.suspension(party, "desk", since=first))
    world.exchange()
    for each in (party, peer):
        verdicts = world.sides[each].verdicts
        assert set(verdicts.values()) == {""}
        assert states(world, each) == before[each]
    top, files = unpacked(bundle(world))
    assert {name: table(files, name) for name in TABLES} == held
    report = verify(packed(top, files), trust_file(world))
    assert report.verdict == "authentic-and-complete"
    assert {(found.code, found.severity) for found in report.findings} == {
        ("entry-disputed", "notice")
    }
    named = {found.place.id for found in report.findings}
    assert named >= {note.id for note in notes}
    assert len(named) == 24  # and the openings of their threads
