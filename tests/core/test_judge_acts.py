"""The judge on the persons of an act: seasoned, two to give, one to stop (K3 to K5, K11, K27).

The attacks are those of the design, by number; each is judged by the author's node and by the other
side's mirror.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.replay.needs import needs, needs_behind
from special_channel.core.rows.directory import KeyRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import sign
from special_channel.core.rules.judge_context import JudgeContext
from special_channel.core.rules.persons import may_sign_act
from tests.core.judging import accepted, refusal, signing
from tests.sides import MACHINES
from tests.world import World

UNTIL = {"until": "2026-12-24T00:00:00Z"}


def answered(world: World, party: Party) -> None:
    """Let the other side state in a leaf that it knows this log."""
    world.exchange()
    other = peer_of(party)
    world.append(other, world.payload(other, "peer.seen", by="node"))
    world.exchange()


def newcomer(world: World, party: Party, name: str, role: str, desk: str = "licensing") -> None:
    """Grant and enrol somebody whom the other side does not know yet."""
    world.sides[party].make_key(name)
    world.append(party, world.granting(party, name, role=role, desk=desk))
    world.append(party, world.enrolment(party, name))


# Two to give (K4) --------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["head", "director", "registrar", "oversight", "desk"])
def test_a_registrar_alone_gives_nothing(role, world, party):
    """Attacks 1 and 2: neither alone, nor with two keys, nor under two functions."""
    world.add_key(party, "registrar", "registrar's laptop")
    granted = world.granting(party, "newcomer", role=role)
    assert refusal(world, party, granted, also=()) == "persons-missing"
    assert refusal(world, party, granted, also=["registrar's laptop"]) == "persons-missing"
    key = world.sides[party].keys["registrar's laptop"].key
    absent = {"for": world.sides[party].person("head")}
    lent = world.granting(
        party, "registrar", "second-registrar", grant=2, role="head", keys=[key], **absent, **UNTIL
    )
    accepted(world, party, lent, also=["director"])
    answered(world, party)
    assert refusal(world, party, granted, also=["registrar's laptop"]) == "persons-missing"
    accepted(world, party, granted, also=["head"])


def test_two_heads_give_nothing(world, party):
    """Attack 5."""
    granted = world.granting(party, "newcomer", by="head")
    assert refusal(world, party, granted, also=["director"]) == "persons-missing"
    world.append(party, granted, also=["registrar"])
    world.sides[party].make_key("newcomer")
    enrolled = world.enrolment(party, "newcomer")
    assert refusal(world, party, enrolled, also=["head", "director"]) == "persons-missing"
    accepted(world, party, enrolled, also=["head", "registrar"])


def test_a_colleague_of_the_desk_is_second_for_the_desk_alone(world, party):
    for by, also in (("registrar", ["desk"]), ("desk", ["registrar"])):
        for changed in ({"role": "head"}, {"role": "oversight"}, {"desk": "customs"}):
            other = world.granting(party, "newcomer", by=by, **changed)
            assert refusal(world, party, other, also=also) == "persons-missing"
    accepted(world, party, world.granting(party, "newcomer", by="desk"), also=["registrar"])
    accepted(world, party, world.granting(party, "another"), also=["clerk"])
    world.sides[party].make_key("newcomer")
    enrolled = world.enrolment(party, "newcomer")
    assert refusal(world, party, enrolled, also=["registrar", "other-desk"]) == "persons-missing"
    accepted(world, party, enrolled, also=["registrar", "clerk"])
    world.sides[party].make_key("laptop")
    laptop = world.enrolment(party, "head", "laptop")
    assert refusal(world, party, laptop, also=["registrar", "desk"]) == "persons-missing"


def test_a_function_beside_the_desks_needs_leaders_for_a_key(world, party):
    """A key serves every function of its holder."""
    accepted(world, party, world.granting(party, "desk", grant=2, role="head"))
    world.sides[party].make_key("laptop")
    enrolled = world.enrolment(party, "desk", "laptop")
    assert refusal(world, party, enrolled, also=["registrar", "clerk"]) == "persons-missing"
    accepted(world, party, enrolled, also=["registrar", "head"])


@pytest.mark.parametrize("name", ["desk", "head", "oversight", "second-registrar"])
def test_the_holder_confirms_a_new_key_with_the_old_one(name, world, party):
    """Attack 8: with a registrar, and without one not."""
    world.sides[party].make_key("laptop")
    enrolled = world.enrolment(party, name, "laptop")
    alone = "registrar" if name != "second-registrar" else "head"
    assert refusal(world, party, enrolled, also=[alone]) == "persons-missing"
    accepted(world, party, enrolled, also=[name, alone])


def test_nobody_counts_for_the_own_grant(world, party):
    """Attack 2, also as a third signature."""
    own = world.granting(party, "registrar", grant=2, role="head")
    assert refusal(world, party, own, also=["second-registrar"]) == "own-grant"
    colleague = world.granting(party, "desk", "second-registrar", grant=2)
    assert refusal(world, party, colleague, also=["desk"]) == "own-grant"
    assert refusal(world, party, colleague, also=["desk", "registrar"]) == "own-grant"


@pytest.mark.parametrize("second", [*MACHINES, "root"])
def test_machines_and_single_parts_are_nobody(second, world, party):
    granted = world.granting(party, "newcomer")
    code = "root-threshold" if second == "root" else "persons-missing"
    assert refusal(world, party, granted, also=[second]) == code


def test_a_charter_takes_two_and_the_root_not(world, party):
    document = world.charter(number=2)
    payload, parts = world.adoption(party, document)
    assert refusal(world, party, payload, parts, also=()) == "persons-missing"
    assert refusal(world, party, payload, parts, also=["desk"]) == "persons-missing"
    assert refusal(world, party, payload, parts, also=["root", "root-2"]) == "role"
    accepted(world, party, payload, parts, also=["head"])


# Seasoned (K3) -------------------------------------------------------------------------------


def test_a_newcomer_counts_once_the_other_side_has_answered(world, party):
    """Attack 3: a colluding registrar of a minute ago."""
    newcomer(world, party, "third", "registrar", "registry")
    granted = world.granting(party, "newcomer")
    assert refusal(world, party, granted, also=["third"]) == "person-unseasoned"
    by_third = world.granting(party, "newcomer", by="third")
    assert refusal(world, party, by_third, also=["registrar"]) == "person-unseasoned"
    world.exchange()
    assert refusal(world, party, granted, also=["third"]) == "person-unseasoned"
    answered(world, party)
    accepted(world, party, granted, also=["third"])


def test_an_answer_counts_as_far_as_it_reaches(world, party):
    """The grant is known; the key, enrolled after the answer, is not."""
    world.sides[party].make_key("third")
    world.append(party, world.granting(party, "third", role="registrar", desk="registry"))
    answered(world, party)
    world.append(party, world.enrolment(party, "third"))
    granted = world.granting(party, "newcomer")
    assert refusal(world, party, granted, also=["third"]) == "person-unseasoned"
    answered(world, party)
    accepted(world, party, granted, also=["third"])


def test_a_new_function_is_not_known_by_an_old_key(world, party):
    key = world.sides[party].keys["head"].key
    world.append(party, world.granting(party, "head", grant=2, role="registrar", keys=[key]))
    granted = world.granting(party, "newcomer", by="head") | {"as": 2}
    assert refusal(world, party, granted, also=["registrar"]) == "person-unseasoned"
    old = world.granting(party, "newcomer", by="head")
    accepted(world, party, old, also=["registrar"])


def test_what_the_root_signed_needs_no_answer(world, party):
    side = world.sides[party]
    side.make_key("third")
    role = world.granting(party, "third", by="root", role="registrar", desk="registry")
    accepted(world, party, role, also=["root-2"])
    accepted(world, party, world.enrolment(party, "third"), also=["root", "root-2"])
    accepted(world, party, world.granting(party, "newcomer"), also=["third"])


def test_before_any_entry_of_the_other_side_nothing_is_known(party):
    world = World()
    world.found(party)
    newcomer(world, party, "third", "registrar", "registry")
    granted = world.granting(party, "newcomer")
    with pytest.raises(Exception, match="person-unseasoned"):
        world.append(party, granted, also=["third"])
    world.append(party, granted)


# Stand-ins (K27) -----------------------------------------------------------------------------


def test_a_stand_in_makes_no_stand_in(world, party):
    side = world.sides[party]
    key = side.keys["desk"].key
    stands = {"for": side.person("head"), "role": "head", **UNTIL}
    accepted(world, party, world.granting(party, "desk", grant=2, keys=[key], **stands))
    answered(world, party)
    for by, also in (("registrar", "desk"), ("desk", "registrar")):
        lent = world.granting(party, "clerk", by=by, grant=2, **stands)
        lent |= {"as": 2} if by == "desk" else {}
        assert refusal(world, party, lent, also=[also]) == "own-grant"
    # The stand-in takes part in other acts, as the head would.
    accepted(world, party, world.granting(party, "newcomer"), also=["desk"])


# One to stop (K5, K11) -------------------------------------------------------------------------


def stops(world: World, party: Party, names: Sequence[str], by: str = "head", **how: Any) -> Any:
    """Suspend persons or keys, one after the other."""
    return [accepted(world, party, world.suspension(party, name, by, **how)) for name in names]


def test_a_third_suspension_needs_a_second_person(world, party):
    """Attack 11."""
    stops(world, party, ["desk", "clerk"], whole=True)
    third = world.suspension(party, "director", whole=True)
    assert refusal(world, party, third) == "suspend-limit"
    assert refusal(world, party, third, also=["node"]) == "suspend-limit"
    assert refusal(world, party, third, also=["other-desk"]) == "suspend-limit"
    own = world.suspension(party, "head")
    world.add_key(party, "head", "laptop")
    lent = world.suspension(party, "director", by="head", whole=True)
    assert refusal(world, party, lent, also=["laptop"]) == "suspend-limit"
    accepted(world, party, third, also=["registrar"])
    accepted(world, party, own)


def test_own_keys_and_other_peoples_suspensions_do_not_count(world, party):
    for name in ("laptop", "tablet", "telephone"):
        world.add_key(party, "head", name)
        accepted(world, party, world.suspension(party, name))
    stops(world, party, ["desk", "clerk"], by="director")
    stops(world, party, ["desk", "clerk"])
    assert refusal(world, party, world.suspension(party, "director")) == "suspend-limit"


@pytest.mark.parametrize("how", ["restored", "revoked", "left"])
@pytest.mark.parametrize("whole", [True, False])
def test_what_settles_a_suspension(how, whole, world, party):
    first, _ = stops(world, party, ["desk", "clerk"], whole=whole)
    third = world.suspension(party, "director", whole=whole)
    assert refusal(world, party, third) == "suspend-limit"
    if how == "restored":
        accepted(world, party, world.restoration(party, first, "registrar"))
    if how == "revoked":
        accepted(world, party, world.revocation(party, "desk", "registrar"))
    if how == "left":
        body = {"person": world.sides[party].person("desk")}
        accepted(world, party, world.payload(party, "person.left", by="registrar", body=body))
    accepted(world, party, third)
    fourth = world.suspension(party, "registrar", whole=whole)
    assert refusal(world, party, fourth) == "suspend-limit"


def test_a_key_revoked_before_a_suspension_settles_nothing(world, party):
    for name in ("desk", "clerk"):
        world.add_key(party, name, f"{name}'s laptop")
        accepted(world, party, world.revocation(party, f"{name}'s laptop", "registrar"))
    stops(world, party, ["desk", "clerk"], whole=True)
    assert refusal(world, party, world.suspension(party, "director")) == "suspend-limit"


def test_after_a_suspension_the_key_signs_nothing(world, party):
    """Attacks 13 and 15: one of two suspensions restored is not enough."""
    first = accepted(world, party, world.suspension(party, "desk", "clerk"))
    accepted(world, party, world.suspension(party, "desk", "head", whole=True))
    assert signing(world, party, "desk") == "key-suspended"
    accepted(world, party, world.restoration(party, first))
    assert signing(world, party, "desk") == "key-suspended"


def test_two_persons_suspend_the_nodes_key(world, party):
    stop = world.suspension(party, "node", reason="stolen")
    assert refusal(world, party, stop) == "persons-missing"
    officials = world.suspension(party, "node", "clerk", reason="stolen")
    assert refusal(world, party, officials, also=["desk"]) == "persons-missing"
    accepted(world, party, officials, also=["head"])
    seen = world.payload(party, "peer.seen", by="node")
    assert refusal(world, party, seen) == "key-suspended"


# Who may sign next -----------------------------------------------------------------------------


def next_signer(
    world: World,
    party: Party,
    payload: Any,
    also: Sequence[str],
    name: str,
    besides: frozenset[str] = frozenset(),
) -> Any:
    """Return why a key can't be the next signer, from the rows that the judge would read."""
    side = world.sides[party]
    author = next(one for one in side.keys.values() if one.key == payload["by"])
    incoming = read(sign(payload, [author], []), whole=False)
    entry: Any = incoming.entry
    signers = [side.keys[one].key for one in (*also, name)]
    rows: dict[Any, Any] = {}
    wanted = needs(entry, signers, None)
    while wanted:
        rows |= {key: side.replay.rows[key] for key in wanted if key in side.replay.rows}
        wanted = needs_behind(entry, rows) - rows.keys()
        wanted = frozenset(key for key in wanted if key in side.replay.rows)
    known = side.mirror.entries[-1].leaf.peer_frontier
    context = JudgeContext(world.pins, rows, {}, (), known)
    row = rows["key", side.keys[name].key]
    assert isinstance(row, KeyRow)
    signed = frozenset(signers[:-1])
    past = Past(party, side.own.size, side.mirror.size)
    return may_sign_act(entry, signed, row, past, context, besides=besides)


def test_who_may_sign_next_is_said_before(world, party):
    answered(world, party)
    newcomer(world, party, "third", "registrar", "registry")
    granted = world.granting(party, "newcomer")

    def why(name: str, payload: Any = granted, also: Sequence[str] = ("registrar",)) -> Any:
        return next_signer(world, party, payload, also, name)

    assert [why(name) for name in ("head", "desk", "second-registrar")] == [None] * 3
    assert why("registrar", also=()) is None
    assert [why(name) for name in ("other-desk", "oversight", "node")] == ["role"] * 3
    assert why("registrar") == "persons-missing"
    assert why("third") == "person-unseasoned"
    by_head = world.granting(party, "newcomer", by="head")
    assert why("director", by_head, ["head"]) == "persons-missing", "a registrar is missing"
    assert why("registrar", by_head, ["head"]) is None
    own = world.granting(party, "desk", grant=2)
    assert why("desk", own) == "own-grant"
    absent = {"for": world.sides[party].person("head"), "role": "head", **UNTIL}
    assert why("director", world.granting(party, "desk", grant=2, **absent)) is None
    stopped = world.append(party, world.suspension(party, "director", "clerk"))
    assert why("director") == "key-suspended"
    restored = world.restoration(party, stopped)
    assert why("head", restored, ()) is None
    assert why("second-registrar", restored, ["head"]) is None
    body = {"person": world.sides[party].person("desk"), "grant": 1, "reason": "ended"}
    ended = world.payload(party, "role.ended", by="desk", body=body)
    assert why("desk", ended, ()) is None
    assert why("head", world.payload(party, "peer.seen", by="node"), ()) == "role"


def test_function_that_is_missing_counts_once_it_is_known(world, party):
    """A head of unit, known as such, became the registrar whom the act needs a minute ago."""
    answered(world, party)
    keys = [world.sides[party].keys["head"].key]
    lent = {"grant": 2, "role": "registrar", "desk": "registry", "keys": keys}
    world.append(party, world.granting(party, "head", **lent), also=["second-registrar"])
    granted = world.granting(party, "newcomer", by="director")
    assert next_signer(world, party, granted, ["director"], "head") == "person-unseasoned"
    answered(world, party)
    assert next_signer(world, party, granted, ["director"], "head") is None


def test_who_may_review_for_others_is_said_before(world, party):
    answered(world, party)
    thread = world.open_thread(party)
    world.append(party, world.suspension(party, "desk", "director", since=0))
    body = {"word": "confirmed", "entries": [thread.id]}

    def why(name: str, by: str = "head", also: Sequence[str] = ("head",)) -> Any:
        payload = world.payload(party, "entry.reviewed", by=by, body=body)
        return next_signer(world, party, payload, also, name, besides)

    besides: frozenset[str] = frozenset()
    assert why("head", also=()) is None
    assert [why(name) for name in ("registrar", "director", "clerk", "head")] == [
        None,
        None,
        "role",
        "persons-missing",
    ]
    besides = frozenset({world.sides[party].person("director")})
    assert [why(name) for name in ("registrar", "director")] == [None, "role"]
