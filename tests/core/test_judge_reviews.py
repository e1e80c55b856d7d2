"""The judge on reviews of entries in doubt (K21, K22)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import Party, peer_of
from special_channel.core.kinds.kind import Case
from special_channel.core.kinds.reviews import none_of_two
from special_channel.core.rows.directory import KeyRow, ReviewRow
from special_channel.core.rows.past import Past
from special_channel.core.rows.submission import read
from special_channel.core.rows.writing import sign
from special_channel.core.rules.judge_context import Candidate, JudgeContext
from tests.core.judging import accepted, opening, refusal
from tests.core.test_judge_roots import rotation
from tests.sides import public_text
from tests.world import Entry, World


def review(world: World, party: Party, *entries: str, by: str = "laptop", **body: Any) -> Any:
    stated = {"word": "confirmed", "entries": list(entries)} | body
    return world.payload(party, "entry.reviewed", by=by, body=stated)


def doubt(
    world: World, party: Party, name: str = "desk", since: int = 0, by: str = "head"
) -> Entry:
    """Stop a person's key and state doubt, by default about all that it signed."""
    return world.append(party, world.suspension(party, name, by=by, since=since))


@pytest.fixture
def disputed(world, party) -> list[str]:
    """Three threads of an official whose first key is doubtful since, and a second key."""
    world.add_key(party, "desk", "laptop")
    threads = [world.open_thread(party).id for _ in range(3)]
    doubt(world, party)
    return threads


def word(world: World, party: Party, id_: str) -> str:
    row = world.sides[peer_of(party)].replay.rows.get(("review", id_))
    return row.word if isinstance(row, ReviewRow) else ""


def test_a_review_says_of_entries_whose_they_are(disputed, world, party):
    accepted(world, party, review(world, party, *disputed))
    accepted(world, party, review(world, party, disputed[0], word="disowned"))
    words = [word(world, party, id_) for id_ in disputed]
    assert words == ["disowned", "confirmed", "confirmed"]


@pytest.mark.parametrize("by", ["node", "oversight"])
def test_a_review_is_an_officials(by, disputed, world, party):
    assert refusal(world, party, review(world, party, disputed[0], by=by)) == "role"


@pytest.mark.parametrize("by", ["clerk", "head", "registrar"])
def test_one_person_reviews_nothing_of_another(by, disputed, world, party):
    assert refusal(world, party, review(world, party, disputed[0], by=by)) == "role"


def test_the_doubtful_key_reviews_nothing(disputed, world, party):
    own = review(world, party, disputed[0], by="desk")
    assert refusal(world, party, own) == "key-suspended"


def test_two_leaders_review_for_who_is_out_of_reach(disputed, world, party):
    for by, also in (("head", "registrar"), ("registrar", "director"), ("director", "head")):
        accepted(world, party, review(world, party, disputed[0], by=by), also=[also])
    for by, also in (("head", "clerk"), ("clerk", "head"), ("clerk", "other-desk")):
        lone = review(world, party, disputed[0], by=by)
        assert refusal(world, party, lone, also=[also]) == "role"
    outside = review(world, party, disputed[0], by="clerk")
    assert refusal(world, party, outside, also=["head", "registrar"]) == "role"


def test_leaders_who_review_are_known_to_the_other_side(disputed, world, party):
    world.exchange()
    keys = [world.sides[party].keys["clerk"].key]
    world.append(party, world.granting(party, "clerk", grant=2, role="head", keys=keys))
    fresh = review(world, party, disputed[0], by="registrar")
    assert refusal(world, party, fresh, also=["clerk"]) == "person-unseasoned"


def test_a_leader_in_doubt_is_none_of_two_who_review(world, party):
    world.add_key(party, "head", "tablet")
    thread = world.open_thread(party, by="head")
    world.append(party, world.suspension(party, "head", by="director", since=0))
    review_of_head = review(world, party, thread.id, by="registrar")
    assert refusal(world, party, review_of_head, also=["tablet"]) == "role"
    accepted(world, party, review(world, party, thread.id, by="tablet"))
    accepted(world, party, review(world, party, thread.id, by="registrar"), also=["director"])


def left_out(world: World, party: Party, payload: Any) -> Any:
    """Return who is none of two leaders for a review, or the code that it gets in any case."""
    side = world.sides[party]
    author = next(one for one in side.keys.values() if one.key == payload["by"])
    incoming = read(sign(payload, [author], []), whole=False)
    entry: Any = incoming.entry
    signed = frozenset({author.key})
    candidate = Candidate(incoming.envelope, entry, incoming.id, signed, None)
    past = Past(party, side.own.size, side.mirror.size)
    case = Case(candidate, past, JudgeContext(world.pins, side.replay.rows, {}, ()), None)
    try:
        return none_of_two(entry, case)
    except Refused as error:
        return error.code


def test_who_is_none_of_two_is_known_before_a_leader_signs(disputed, world, party):
    """An own entry is reviewed alone; each entry of others leaves out who is in doubt on it."""
    by_head = world.open_thread(party, by="head")
    undoubted = world.open_thread(party, by="clerk")
    world.append(party, world.suspension(party, "head", by="director", since=0))
    person = world.sides[party].person
    for_others = review(world, party, disputed[0], by_head.id, by="registrar")
    assert left_out(world, party, for_others) == {person("desk"), person("head")}
    assert left_out(world, party, review(world, party, disputed[0])) == frozenset()
    mixed = review(world, party, disputed[0], undoubted.id, by="registrar")
    assert left_out(world, party, mixed) == "review-undoubted"


def test_two_leaders_review_what_a_leaver_signed(world, party):
    thread = world.open_thread(party)
    body = {"person": world.sides[party].person("desk"), "since": 0}
    accepted(world, party, world.payload(party, "person.left", by="head", body=body))
    accepted(world, party, review(world, party, thread.id, by="head"), also=["registrar"])


def test_two_leaders_review_what_a_machine_signed(world, party):
    signer = world.sides[party].make_key("bridge")
    link = {"role": "link", "suite": signer.private.suite, "reason": "routine"}
    body = link | {"public": public_text(signer)}
    enrolled = world.payload(party, "machine.enrolled", by="registrar", body=body)
    accepted(world, party, enrolled, also=["second-registrar"])
    world.add_key(party, "registrar", "spare")
    doubt(world, party, "registrar")
    entry = world.sides[party].own.entries[-3]
    assert entry.leaf.kind == "machine.enrolled"
    accepted(world, party, review(world, party, entry.id, by="head"), also=["director"])


def test_the_second_signer_reviews_what_she_released(world, party):
    world.add_key(party, "head", "tablet")
    subject = [world.text("Certificate", "subject")]
    thread = world.append(party, opening(world, party), subject, also=["head"])
    world.append(party, world.suspension(party, "head", by="director", since=thread.position.index))
    assert refusal(world, party, review(world, party, thread.id, by="desk")) == "role"
    accepted(world, party, review(world, party, thread.id, by="tablet"))


def test_an_entry_without_doubt_is_not_reviewed(world, party):
    before = world.open_thread(party)
    assert refusal(world, party, review(world, party, before.id, by="desk")) == "review-undoubted"
    world.add_key(party, "desk", "laptop")
    world.append(party, world.suspension(party, "desk", "clerk"))  # without doubt
    assert refusal(world, party, review(world, party, before.id)) == "review-undoubted"
    doubt(world, party, since=before.position.index + 1)
    assert refusal(world, party, review(world, party, before.id)) == "review-undoubted"
    doubt(world, party, since=before.position.index, by="director")
    accepted(world, party, review(world, party, before.id))


def test_a_lifted_stop_takes_its_doubt_along(world, party):
    world.add_key(party, "desk", "laptop")
    first, second = world.open_thread(party), world.open_thread(party)
    stop = doubt(world, party)
    accepted(world, party, review(world, party, first.id))
    accepted(world, party, world.restoration(party, stop), also=["registrar"])
    assert refusal(world, party, review(world, party, second.id)) == "review-undoubted"
    # What was reviewed may be reviewed again: the official may have been wrong.
    accepted(world, party, review(world, party, first.id, word="disowned"))


def test_a_revocation_moves_the_doubt_to_before(world, party):
    world.add_key(party, "desk", "laptop")
    first, second = world.open_thread(party), world.open_thread(party)
    for index, code in ((second.position.index, "review-undoubted"), (first.position.index, "")):
        revoked = world.revocation(party, "desk", since=index)
        accepted(world, party, revoked, also=["registrar"])
        if code:
            assert refusal(world, party, review(world, party, first.id)) == code
    accepted(world, party, review(world, party, first.id, second.id))


def test_an_enrolment_is_disputed_by_who_confirmed_it(world, party):
    enrolled = world.add_key(party, "desk", "laptop")
    doubt(world, party, "laptop")
    assert refusal(world, party, review(world, party, enrolled.id, by="desk")) == "review-undoubted"
    world.add_key(party, "registrar", "spare")
    doubt(world, party, "registrar")
    accepted(world, party, review(world, party, enrolled.id, by="spare"))


def test_a_review_by_a_stolen_key_does_not_count(disputed, world, party):
    """A thief of both keys confirms with the second what the first one signed."""
    stolen = accepted(world, party, review(world, party, disputed[0]))
    world.add_key(party, "desk", "tablet")
    doubt(world, party, "laptop", since=stolen.position.index)
    again = review(world, party, disputed[0], by="tablet", word="disowned")
    accepted(world, party, again)
    accepted(world, party, review(world, party, stolen.id, by="tablet", word="disowned"))
    assert word(world, party, disputed[0]) == "disowned"


def test_a_review_names_own_entries_that_are_there(disputed, world, party):
    theirs = world.open_thread(peer_of(party))
    world.exchange()
    assert refusal(world, party, review(world, party, theirs.id)) == "owner"
    assert refusal(world, party, review(world, party, "a" * 64)) == "reference"
    assert refusal(world, party, review(world, party, disputed[0], theirs.id)) == "owner"


@pytest.mark.parametrize(
    "body",
    [
        {"entries": []},
        {"entries": ["a" * 64] * 2},
        {"entries": [f"{n:064x}" for n in range(201)]},
        {"word": "perhaps"},
    ],
)
def test_a_review_names_up_to_200_entries_once(body, world, party):
    world.add_key(party, "desk", "laptop")
    assert refusal(world, party, review(world, party, **body)) == "entry-malformed"


def test_a_review_of_200_entries_is_one_act(world):
    world.add_key("eu", "desk", "laptop")
    ids = [world.open_thread("eu").id for _ in range(200)]
    doubt(world, "eu")
    accepted(world, "eu", review(world, "eu", *ids))


def test_a_review_of_what_the_root_signed_is_two_leaders(world, party):
    """Acts of the root before a succession that states doubt (K14)."""
    granted = world.granting(party, "clerk", by="root", grant=2, desk="customs")
    act = accepted(world, party, granted, also=["root-2"])
    rotated = rotation(world, party, since=act.position.index)
    accepted(world, party, rotated, also=["next-2"])
    assert refusal(world, party, review(world, party, act.id, by="head")) == "role"
    accepted(world, party, review(world, party, act.id, by="head"), also=["registrar"])
    assert refusal(world, party, review(world, party, world.open_thread(party).id, by="head")) == (
        "review-undoubted"
    )


def test_keys_that_a_doubtful_signature_enrolled_count_for_no_limit(world, party):
    """A thief with a registrar's key enrols a handful of keys; one head stops them all (K23).

    Somebody else than this head stated the doubt, such as the registrar by the stop card.
    """
    since = world.sides[party].own.size
    for name in ("one", "two", "three"):
        world.sides[party].make_key(name)
        enrolled = world.enrolment(party, "clerk", name)
        world.append(party, enrolled, also=["registrar", "second-registrar"])
    accepted(world, party, world.suspension(party, "registrar", "node", since=since, whole=True))
    for name in ("one", "two", "three"):
        accepted(world, party, world.suspension(party, name))
    for name in ("desk", "clerk"):
        accepted(world, party, world.suspension(party, name))
    assert refusal(world, party, world.suspension(party, "other-desk")) == "suspend-limit"


def test_own_doubt_lifts_no_limit(world, party):
    """A head who doubts a registrar from the beginning suspends two people alone (K11)."""
    accepted(world, party, world.suspension(party, "registrar", since=0))
    accepted(world, party, world.suspension(party, "desk"))
    keys = world.sides[party].keys
    clerk = world.sides[party].replay.rows["key", keys["clerk"].key]
    assert isinstance(clerk, KeyRow)
    assert keys["registrar"].key in clerk.confirmed
    assert refusal(world, party, world.suspension(party, "clerk")) == "suspend-limit"
    accepted(world, party, world.suspension(party, "clerk"), also=["director"])
