"""The judge on persons: grants, ends, leaving, the function in which one signs (K2, K6 to K9)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.ids import PARTIES, Party, peer_of
from special_channel.core.rows.directory import KeyRow, PersonRow
from special_channel.core.rules.state import person_key
from tests.core.judging import accepted, refusal, signing
from tests.sides import REGISTRARS
from tests.world import World


def person_row(world: World, party: Party, name: str) -> PersonRow:
    """Return the other side's row of a person."""
    rows = world.sides[peer_of(party)].replay.rows
    row = rows[person_key(party, world.sides[party].person(name))]
    assert isinstance(row, PersonRow)
    return row


def ending(world: World, party: Party, name: str, by: str = "head", **body: Any) -> Any:
    stated = {"person": world.sides[party].person(name), "grant": 1, "reason": "moved"} | body
    return world.payload(party, "role.ended", by=by, body=stated)


def leaving(world: World, party: Party, name: str, by: str = "head", **body: Any) -> Any:
    stated = {"person": world.sides[party].person(name)} | body
    return world.payload(party, "person.left", by=by, body=stated)


# Grants --------------------------------------------------------------------------------


def test_a_first_grant_makes_a_person_with_a_number(world, party):
    accepted(world, party, world.granting(party, "newcomer"))
    row = person_row(world, party, "newcomer")
    assert (row.number, len(row.grants), row.keys) == (9, 1, ())
    accepted(world, party, world.granting(party, "other"))
    assert person_row(world, party, "other").number == 10


def test_grants_of_a_person_are_numbered_one_by_one(world, party):
    for number in (2, 999):
        first = world.granting(party, "newcomer", grant=number)
        assert refusal(world, party, first) == "grant-number"
    for number in (0, 1000):
        first = world.granting(party, "newcomer", grant=number)
        assert refusal(world, party, first) == "entry-malformed"
    for number, code in ((1, "grant-number"), (3, "grant-number")):
        again = world.granting(party, "desk", grant=number, desk="customs")
        assert refusal(world, party, again) == code
    accepted(world, party, ending(world, party, "desk"))
    accepted(world, party, world.granting(party, "desk", grant=2, desk="customs"))
    assert [grant.number for grant in person_row(world, party, "desk").grants] == [1, 2]


@pytest.mark.parametrize("by", ["oversight", "node", "link"])
def test_others_grant_nothing(by, world, party):
    assert refusal(world, party, world.granting(party, "newcomer", by=by)) == "role"


def test_nobody_grants_a_function_to_the_own_person(world, party):
    own = world.granting(party, "registrar", grant=2, role="head", desk="licensing")
    assert refusal(world, party, own, also=()) == "persons-missing"
    assert refusal(world, party, own) == "own-grant"
    lent = own | {"by": world.sides[party].keys["second-registrar"].key}
    assert refusal(world, party, lent, also=["registrar"]) == "own-grant"
    accepted(world, party, lent, also=["head"])


def test_a_person_of_the_other_side_is_theirs(world, party):
    theirs = world.sides[peer_of(party)].person("desk")
    for payload in (
        world.granting(party, "x", person=theirs),
        world.granting(party, "x", person=theirs, grant=2),
        ending(world, party, "x", person=theirs),
        leaving(world, party, "x", person=theirs),
        world.payload(
            party, "key.suspended", by="head", body={"person": theirs, "reason": "stated-at-home"}
        ),
    ):
        assert refusal(world, party, payload) == "owner"
    world.sides[party].make_key("x")
    enrolment = world.enrolment(party, "x", person=theirs)
    assert refusal(world, party, enrolment) == "owner"


def test_both_sides_name_one_pseudonym_at_the_same_time(world):
    """Neither entry knows the other, so each makes a person of its own side (K1)."""
    twin = "7" * 32
    for party in ("eu", "cn"):
        world.append(party, world.granting(party, "twin", person=twin))
        world.sides[party].make_key("twin")
        enrolment = world.enrolment(party, "twin", person=twin)
        world.append(party, enrolment)
    world.exchange()
    assert {*world.eu.verdicts.values(), *world.cn.verdicts.values()} == {""}
    assert world.eu.digest == world.cn.digest
    for party in PARTIES:
        assert signing(world, party, "twin") == ""
    accepted(world, "eu", leaving(world, "eu", "twin", person=twin))
    assert signing(world, "eu", "twin") == "person-ended"
    assert signing(world, "cn", "twin") == ""


@pytest.mark.parametrize(
    "changed",
    [
        {"role": "node"},
        {"person": "A" * 32},
        {"keys": []},
        {"until": "tomorrow"},
        {"for": "a" * 32},
        {"absent": "a" * 32, "until": "2026-12-01T00:00:00Z"},
    ],
)
def test_a_grant_outside_the_schema_is_refused(changed, world, party):
    payload = world.granting(party, "newcomer", **changed)
    assert refusal(world, party, payload) in {"entry-malformed", "field-unknown"}


# Which key uses which grant (K9) ---------------------------------------------------------


def test_a_grant_of_a_leader_names_the_keys_that_use_it(world, party):
    """The key at the desk was confirmed by colleagues; it does not become a head's by itself."""
    world.add_key(party, "desk", "laptop")
    key = world.sides[party].keys["laptop"].key
    promoted = world.granting(party, "desk", grant=2, role="head", keys=[key])
    accepted(world, party, promoted)
    assert signing(world, party, "laptop", 2) == ""
    assert signing(world, party, "desk", 2) == "grant-key"
    assert signing(world, party, "desk") == ""
    world.add_key(party, "desk", "tablet")
    assert signing(world, party, "tablet", 2) == ""


def test_a_grant_of_a_leader_without_keys_is_used_by_later_ones(world, party):
    accepted(world, party, world.granting(party, "desk", grant=2, role="director"))
    assert signing(world, party, "desk", 2) == "grant-key"
    world.add_key(party, "desk", "tablet")
    assert signing(world, party, "tablet", 2) == ""


def test_a_founded_key_uses_the_founded_grant_alone(world, party):
    head = world.granting(party, "registrar", "second-registrar", grant=2, role="head")
    accepted(world, party, head, also=["head"])
    assert signing(world, party, "registrar", 2) == "grant-key"
    accepted(world, party, world.granting(party, "newcomer"))


@pytest.mark.parametrize("name", ["clerk", "node", "root"])
def test_a_grant_names_the_persons_own_keys(name, world, party):
    key = world.sides[party].keys[name].key
    payload = world.granting(party, "desk", grant=2, role="head", keys=[key])
    assert refusal(world, party, payload) == "reference"
    first = world.granting(party, "newcomer", role="head", keys=[key])
    assert refusal(world, party, first) == "reference"


def test_a_desk_grant_is_used_by_every_key(world, party):
    accepted(world, party, world.granting(party, "desk", grant=2, desk="customs"))
    assert signing(world, party, "desk", 2) == ""


# The function stated (K6) ----------------------------------------------------------------


@pytest.mark.parametrize("number", [2, 999])
def test_a_function_that_was_not_granted_signs_nothing(number, world, party):
    assert signing(world, party, "desk", number) == "grant-ended"


def test_the_other_function_goes_on_when_one_has_ended(world, party):
    accepted(world, party, world.granting(party, "desk", grant=2, desk="customs"))
    accepted(world, party, ending(world, party, "desk"))
    assert signing(world, party, "desk") == "grant-ended"
    assert signing(world, party, "desk", 2) == ""


def test_the_function_decides_which_kinds_are_signed(world, party):
    accepted(world, party, world.granting(party, "desk", grant=2, role="oversight", desk="audit"))
    assert signing(world, party, "desk", 2) == "role"
    assert signing(world, party, "desk") == ""


def test_machines_and_the_root_have_no_function(world, party):
    for number in (1, 2):
        payload = world.payload(party, "peer.seen", by="node", **{"as": number})
        assert refusal(world, party, payload) == "grant-ended"
    granted = world.granting(party, "newcomer", by="root") | {"as": 1}
    assert refusal(world, party, granted, also=["root-2"]) == "grant-ended"


@pytest.mark.parametrize("number", [0, 1000, "1", True])
def test_a_function_is_a_number_of_a_grant(number, world, party):
    payload = world.payload(party, "peer.seen", by="node", **{"as": number})
    assert refusal(world, party, payload) == "entry-malformed"


# Persons count, not keys (K2) ------------------------------------------------------------


def releasing() -> World:
    return World.founded(release=[{"kind": "thread.opened", "roles": ["desk", "head"]}])


def opened(world: World, party: Party, **fields: Any) -> tuple[Any, list[bytes]]:
    stated = {"thread": world.thread_id(), "lang": "en", "body": {"batch": "standing"}} | fields
    return world.payload(party, "thread.opened", **stated), [world.text("x", "subject")]


def test_the_authors_other_key_releases_nothing(party):
    world = releasing()
    world.add_key(party, "desk", "laptop")
    payload, parts = opened(world, party)
    assert refusal(world, party, payload, parts) == "clearance-missing"
    assert refusal(world, party, payload, parts, also=["laptop"]) == "clearance-missing"
    accepted(world, party, payload, parts, also=["laptop", "clerk"])


def test_the_author_under_two_functions_is_one_person(party):
    world = releasing()
    key = world.add_key(party, "desk", "laptop").payload["by"]
    until = {"until": "2026-12-24T00:00:00Z", "for": world.sides[party].person("head")}
    stand_in = world.granting(party, "desk", grant=2, role="head", keys=[key], **until)
    accepted(world, party, stand_in)
    row = world.sides[party].replay.rows["key", key]
    assert isinstance(row, KeyRow)
    assert row.role == "desk"
    assert sorted(row.roles_now) == ["desk", "head"]
    payload, parts = opened(world, party)
    assert refusal(world, party, payload, parts, also=["laptop"]) == "clearance-missing"
    stated, parts = opened(world, party, by="laptop", **{"as": 2})
    assert refusal(world, party, stated, parts, also=["desk"]) == "clearance-missing"
    accepted(world, party, stated, parts, also=["other-desk"])


@pytest.mark.parametrize("second", ["node", "link", "oversight", "registrar", "director"])
def test_a_machine_or_another_role_releases_nothing(second, party):
    world = releasing()
    payload, parts = opened(world, party)
    assert refusal(world, party, payload, parts, also=[second]) == "clearance-missing"


def test_a_function_that_ended_releases_nothing(party):
    world = releasing()
    accepted(world, party, ending(world, party, "clerk"))
    payload, parts = opened(world, party)
    assert refusal(world, party, payload, parts, also=["clerk"]) == "clearance-missing"


def test_one_person_with_two_keys_restores_nothing(world, party):
    stop = world.append(party, world.suspension(party, "desk", "clerk"))
    world.add_key(party, "head", "laptop")
    restored = world.restoration(party, stop)
    assert refusal(world, party, restored, also=["laptop"]) == "persons-missing"
    accepted(world, party, restored, also=["director"])


# Stand-ins and time limits ---------------------------------------------------------------


def test_a_stand_in_acts_with_a_time_limit(world, party):
    absent = {"for": world.sides[party].person("head")}
    assert refusal(world, party, world.granting(party, "desk", grant=2, **absent)) == (
        "entry-malformed"
    )
    until = absent | {"until": "2026-11-25T00:00:00Z"}
    other = world.granting(party, "desk", grant=2, role="director", **until)
    assert refusal(world, party, other) == "reference"
    own = world.granting(party, "head", grant=2, role="head", **until)
    assert refusal(world, party, own) == "own-grant"
    unknown = world.granting(party, "desk", grant=2, role="head", **until | {"for": "f" * 32})
    assert refusal(world, party, unknown) == "person-unknown"
    accepted(world, party, world.granting(party, "desk", grant=2, role="head", **until))
    grant = person_row(world, party, "desk").grants[1]
    assert (grant.absent, grant.until) == (absent["for"], until["until"])


def test_the_node_ends_a_function_when_its_time_is_over(world, party):
    limited = world.granting(party, "desk", grant=2, until="2026-11-25T00:00:00Z")
    accepted(world, party, limited)
    over = ending(world, party, "desk", "node", grant=2, reason="time-over")
    for wrong in (
        ending(world, party, "desk", "node", reason="time-over"),  # no time limit
        ending(world, party, "desk", "node", grant=2),
        ending(world, party, "desk", "head", grant=2, reason="time-over"),
        ending(world, party, "desk", "desk", grant=2, reason="time-over"),
    ):
        assert refusal(world, party, wrong) == "role"
    # No clock ends a grant, and none is asked whether it may end (K1).
    world.clock.forward(10 * 24 * 3600)
    assert signing(world, party, "desk", 2) == ""
    accepted(world, party, over)
    assert signing(world, party, "desk", 2) == "grant-ended"


# Ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize("by", ["head", "director", "registrar", "desk"])
def test_two_leaders_or_the_holder_end_a_function(by, world, party):
    if by != "desk":
        assert refusal(world, party, ending(world, party, "desk", by), also=()) == "persons-missing"
        lent = ending(world, party, "desk", by)
        assert refusal(world, party, lent, also=["desk"]) == "persons-missing"
    accepted(world, party, ending(world, party, "desk", by), also=() if by == "desk" else None)
    assert signing(world, party, "desk") == "grant-ended"
    assert refusal(world, party, ending(world, party, "desk")) == "grant-ended"


def test_the_root_ends_a_function(world, party):
    ended = ending(world, party, "head", "root", reason="ended")
    assert refusal(world, party, ended) == "root-threshold"
    accepted(world, party, ended, also=["root-2"])


@pytest.mark.parametrize("by", ["clerk", "other-desk", "oversight", "link"])
def test_a_function_is_not_ended_by_colleagues(by, world, party):
    code = "role" if by == "link" else "persons-missing"
    assert refusal(world, party, ending(world, party, "desk", by)) == code


def test_oversight_ends_the_own_function(world, party):
    accepted(world, party, ending(world, party, "oversight", "oversight"), also=())
    again = world.payload(party, "peer.seen", by="oversight")
    assert refusal(world, party, again) == "grant-ended"


def test_a_function_that_was_never_granted_does_not_end(world, party):
    assert refusal(world, party, ending(world, party, "desk", grant=2)) == "grant-ended"
    assert refusal(world, party, ending(world, party, "nobody")) == "person-unknown"


@pytest.mark.parametrize("by", ["head", "director", "registrar"])
def test_who_left_signs_nothing_more_with_any_key(by, world, party):
    world.add_key(party, "desk", "laptop")
    world.add_key(party, "desk", "tablet")
    revoked = world.revocation(party, "tablet", since=9)
    accepted(world, party, revoked, also=["director" if by != "director" else "registrar"])
    size = world.sides[party].own.size
    accepted(world, party, leaving(world, party, "desk", by, since=size))
    assert [signing(world, party, name) for name in ("desk", "laptop", "tablet")] == [
        "person-ended",
        "person-ended",
        "key-revoked",
    ]
    rows = world.sides[peer_of(party)].replay.rows
    keys = [rows["key", world.sides[party].keys[name].key] for name in ("laptop", "tablet")]
    assert [key.since for key in keys if isinstance(key, KeyRow)] == [size, 9]
    row = person_row(world, party, "desk")
    assert (row.left, row.since, [grant.end for grant in row.grants]) == (size, size, [size])


def test_nothing_more_happens_to_who_left(world, party):
    stop = world.append(party, world.suspension(party, "desk", whole=True))
    one = world.append(party, world.suspension(party, "desk"))
    accepted(world, party, leaving(world, party, "desk"))
    world.sides[party].make_key("laptop")
    for payload, also, code in (
        (leaving(world, party, "desk"), None, "person-ended"),
        (ending(world, party, "desk"), None, "person-ended"),
        (world.granting(party, "desk", grant=2), None, "person-ended"),
        (world.enrolment(party, "desk", "laptop"), REGISTRARS, "person-ended"),
        (world.suspension(party, "desk", whole=True), None, "person-ended"),
        (world.restoration(party, stop), ["registrar"], "key-ended"),
        (world.restoration(party, one), ["registrar"], "key-ended"),
    ):
        assert refusal(world, party, payload, also=also) == code


@pytest.mark.parametrize("by", ["clerk", "oversight", "node", "link"])
def test_leaving_is_stated_by_leaders(by, world, party):
    assert refusal(world, party, leaving(world, party, "desk", by)) == "role"


def test_who_leaves_is_not_one_of_the_two(world, party):
    for name in ("head", *REGISTRARS):
        assert refusal(world, party, leaving(world, party, name, name)) == "persons-missing"
    lent = leaving(world, party, "desk")
    assert refusal(world, party, lent, also=["desk"]) == "persons-missing"
    accepted(world, party, lent, also=["desk", "director"])


def test_doubt_since_a_leaving_begins_in_the_log(world, party):
    size = world.sides[party].own.size
    late = leaving(world, party, "desk", since=size + 1)
    assert refusal(world, party, late) == "since-order"
    assert refusal(world, party, leaving(world, party, "nobody")) == "person-unknown"


def test_pages_show_the_oldest_function_in_force(world):
    """After the last one ended, that one; a machine is shown by its role."""

    def shown(name: str) -> tuple[str, str, str]:
        row = world.cn.replay.rows["key", world.eu.keys[name].key]
        assert isinstance(row, KeyRow)
        return row.role, row.desk, row.unit

    accepted(world, "eu", world.granting("eu", "desk", grant=2, desk="customs", unit="Unit B.2"))
    assert shown("desk") == ("desk", "licensing", "Unit A.1")
    accepted(world, "eu", ending(world, "eu", "desk"))
    assert shown("desk") == ("desk", "customs", "Unit B.2")
    accepted(world, "eu", ending(world, "eu", "desk", grant=2))
    assert shown("desk") == ("desk", "customs", "Unit B.2")
    assert shown("link") == ("link", "link", "")
    assert shown("root") == ("root", "root", "")
