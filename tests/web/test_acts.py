"""Acts on people on a real node: first and second signatures, reasons at home, the door."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import orjson
import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import sign
from special_channel.desk import acts
from special_channel.desk.act_steps import Outcome, find
from special_channel.desk.acts import ACT_LIFE, ActDeps
from special_channel.desk.journal import record_act
from special_channel.stores.acts import ActRow, Acts
from tests.link.nodes import Node
from tests.web.pages_node import PagesNode, catch_up
from tests.world import World

LIMITS = {"file_bytes": 52_428_800, "minimum_notice_seconds": 30}


@pytest.fixture
async def site(pages_of) -> PagesNode:
    made: PagesNode = await pages_of(World.founded(limits=LIMITS | {"cooling_seconds": 0}), "eu")
    return made


def deps_of(node: Node) -> ActDeps:
    return ActDeps(Acts(node.record.pool), node.appender, node.identity, node.clock)


def signed(node: Node, payload: dict[str, Any], *names: str) -> Submission:
    keys = node.world.sides["eu"].keys
    return sign(payload, [keys[name] for name in names])


def key_of(node: Node, name: str) -> str:
    key: str = node.world.sides["eu"].keys[name].key
    return key


async def offer(site: PagesNode, payload: dict[str, Any], *names: str, reason: str = "") -> Outcome:
    """Begin an act, signed by these; the last one begins it."""
    sent = signed(site.node, payload, *names)
    return await acts.offer(deps_of(site.node), sent, key_of(site.node, names[-1]), reason)


async def second(site: PagesNode, outcome: Outcome, name: str) -> Outcome:
    envelope = dsse.decode(outcome.act.envelope)
    key = site.node.world.sides["eu"].keys[name]
    message = dsse.pae(envelope.payload_type, envelope.payload)
    both = envelope.with_signature(dsse.Signature(key.key, key.private.sign(message)))
    return await acts.sign(deps_of(site.node), outcome.act.id, both.encode(), key.key)


async def code_of(awaited: Any) -> str:
    with pytest.raises(ChannelError) as refused:
        await awaited
    return refused.value.code


async def journal(site: PagesNode) -> list[dict[str, Any]]:
    """The bodies of `act.recorded`, oldest first."""
    rows = await site.node.record.pool.fetch(
        "SELECT envelope FROM private.entries WHERE kind = 'act.recorded' ORDER BY idx"
    )
    payloads = [dsse.decode(bytes(row["envelope"])).payload for row in rows]
    return [orjson.loads(payload)["body"] for payload in payloads]


async def test_suspension_is_stored_at_once_its_reason_at_home(site):
    world = site.node.world
    done = await offer(site, world.suspension("eu", "desk"), "head", reason="stolen")
    assert done.act.state == "done"
    assert done.accepted is not None
    assert done.accepted.number == f"EU-{await site.node.size('eu') - 1}"
    assert await journal(site) == [
        {"act": "key-suspended", "key": key_of(site.node, "desk"), "of": done.act.id,
         "reason": "stolen"}
    ]  # fmt: skip
    entries = await site.node.record.find([done.act.id])
    assert b"stolen" not in dsse.decode(entries[done.act.id].envelope).payload


async def test_revocation_waits_until_a_second_person_signs(site):
    world, deps = site.node.world, deps_of(site.node)
    begun = await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    assert (begun.act.state, begun.accepted) == ("waiting", None)
    assert [act.key for act in await acts.waiting(deps)] == [key_of(site.node, "desk")]
    sent = dsse.decode(begun.act.envelope).encode()
    again = acts.sign(deps, begun.act.id, sent, key_of(site.node, "head"))
    assert await code_of(again) == "act-own"  # one person counts once
    done = await second(site, begun, "registrar")
    assert done.act.state == "done"
    assert (await acts.waiting(deps), done.act.closed_by) == ([], key_of(site.node, "registrar"))
    words = [line["act"] for line in await journal(site)]
    assert words == ["key-revoked-asked", "key-revoked"]
    assert [line.get("reason") for line in await journal(site)] == [None, "lost"]


async def test_act_sent_again_once_done_gets_the_same_receipt(site):
    begun = await offer(site, site.node.world.suspension("eu", "desk"), "head", reason="lost")
    again = await offer(site, site.node.world.suspension("eu", "desk"), "head", reason="lost")
    assert (again.act.id, again.accepted) == (begun.act.id, again.accepted)
    assert begun.accepted is not None
    assert again.accepted is not None
    assert again.accepted.receipt == begun.accepted.receipt


async def test_what_follows_an_act_follows_once(site):
    """A stop sent again by whoever reads it does not sign out a person a second time."""
    followed: list[str] = []

    async def done(act: ActRow) -> None:
        followed.append(act.id)

    world, deps = site.node.world, replace(deps_of(site.node), done=done)
    sent = signed(site.node, world.suspension("eu", "desk"), "head")
    begun = await acts.offer(deps, sent, key_of(site.node, "head"), "lost")
    again = signed(site.node, world.suspension("eu", "desk"), "head", "other-desk")
    repeated = await acts.offer(deps, again, key_of(site.node, "other-desk"), "stolen")
    assert begun.accepted is not None
    assert repeated.accepted is not None
    assert repeated.accepted.receipt == begun.accepted.receipt
    assert followed == [begun.act.id]


async def test_second_person_does_not_restate_the_reason(site):
    payload = site.node.world.revocation("eu", "desk")
    begun = await offer(site, payload, "head", reason="lost")
    done = await offer(site, payload, "head", "registrar", reason="stolen")
    assert (done.act.state, done.act.reason, done.act.by) == ("done", "lost", begun.act.by)
    assert (await journal(site))[-1]["reason"] == "lost"


async def test_two_second_signatures_at_once_store_one_entry(site):
    begun = await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="lost")
    size = await site.node.size("eu")
    both = await asyncio.gather(
        second(site, begun, "registrar"), second(site, begun, "second-registrar")
    )
    assert {outcome.act.state for outcome in both} == {"done"}
    assert await site.node.size("eu") == size + 1


@pytest.mark.parametrize(
    ("reason", "code"), [("", "act-reason"), ("found", "act-reason"), ("reported", "act-reason")]
)
async def test_reason_outside_the_list_is_refused(site, reason, code):
    payload = site.node.world.suspension("eu", "desk")
    assert await code_of(offer(site, payload, "head", reason=reason)) == code


async def test_hopeless_act_is_refused_when_it_begins(site):
    world = site.node.world
    begun = await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    await second(site, begun, "registrar")
    again = world.payload(
        "eu", "key.revoked", by="head",
        body={"key": key_of(site.node, "desk"), "reason": "stated-at-home", "since": 10_000},
    )  # fmt: skip
    assert await code_of(offer(site, again, "head", reason="lost")) == "since-order"
    assert await code_of(offer(site, world.granting("eu", "desk"), "head")) in {
        "grant-number", "role",
    }  # fmt: skip
    assert await acts.waiting(deps_of(site.node)) == []


async def test_act_of_another_kind_or_without_its_signer_is_refused(site):
    world, deps = site.node.world, deps_of(site.node)
    note = world.payload("eu", "peer.seen", by="desk")
    assert await code_of(offer(site, note, "desk")) == "act-unknown"
    sent = signed(site.node, world.suspension("eu", "desk"), "head")
    other = key_of(site.node, "registrar")
    assert await code_of(acts.offer(deps, sent, other, "lost")) == "signature-missing"
    assert await code_of(acts.sign(deps, "0" * 64, sent.envelope, other)) == "act-absent"


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
async def test_closed_act_takes_no_further_signature(site, state):
    deps = deps_of(site.node)
    begun = await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="lost")
    closed = await acts.close(deps, begun.act.id, state, key_of(site.node, "registrar"))
    assert closed.state == state
    assert await acts.waiting(deps) == []
    assert await code_of(second(site, begun, "registrar")) == "act-over"
    assert [line["act"] for line in await journal(site)][-1] == f"key-revoked-{state}"


@pytest.mark.parametrize("state", ["refused", "withdrawn"])
async def test_act_that_is_done_stays_done(site, state):
    """Its entry stands in the log: whoever reads it can't have it called refused."""
    deps = deps_of(site.node)
    done = await offer(site, site.node.world.suspension("eu", "desk"), "head", reason="lost")
    closing = acts.close(deps, done.act.id, state, key_of(site.node, "registrar"))
    assert await code_of(closing) == "act-over"
    assert (await find(deps.acts, done.act.id)).state == "done"
    assert [line["act"] for line in await journal(site)] == ["key-suspended"]


async def test_act_lapses_after_three_days(site):
    deps = deps_of(site.node)
    begun = await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="lost")
    site.node.clock.ahead += int(ACT_LIFE.total_seconds())
    assert await acts.waiting(deps) == []
    assert await code_of(second(site, begun, "registrar")) == "act-over"
    assert (await find(deps.acts, begun.act.id)).state_at(site.node.clock.now()) == "lapsed"


async def test_other_bytes_get_no_second_signature(site):
    world, deps = site.node.world, deps_of(site.node)
    begun = await offer(site, world.revocation("eu", "desk"), "head", reason="lost")
    other = signed(site.node, world.revocation("eu", "clerk"), "head", "registrar")
    key = key_of(site.node, "registrar")
    assert await code_of(acts.sign(deps, begun.act.id, other.envelope, key)) == "act-differs"


async def test_new_leader_does_not_sign_acts_on_people_yet(pages_of):
    site = await pages_of(World.founded(limits=LIMITS | {"cooling_seconds": 86_400}), "eu")
    world = site.node.world
    suspension = world.suspension("eu", "desk")
    assert await code_of(offer(site, suspension, "head", reason="lost")) == "cooling"
    # An own key is stopped at once, and any key by the founded registrar.
    own = world.suspension("eu", "head", by="head")
    assert (await offer(site, own, "head", reason="lost")).act.state == "done"
    founded = world.suspension("eu", "desk", by="registrar")
    assert (await offer(site, founded, "registrar", reason="lost")).act.state == "done"


async def test_cooling_ends_after_the_charters_time(pages_of):
    site = await pages_of(World.founded(), "eu")
    site.node.clock.ahead += 86_400
    done = await offer(site, site.node.world.suspension("eu", "desk"), "head", reason="lost")
    assert done.act.state == "done"


async def test_sixty_acts_may_begin_in_an_hour(site):
    await site.node.record.pool.execute(
        "INSERT INTO desk.acts (id, kind, envelope, by, at, expires)"
        " SELECT n::text, 'key.revoked', '', '', $1, $1 FROM generate_series(1, 60) AS n",
        site.node.clock.now(),
    )
    ending = site.node.world.revocation("eu", "desk")
    assert await code_of(offer(site, ending, "head", reason="lost")) == "directory-rate"
    # Whoever began so many acts with a stolen key can't keep it from being stopped.
    stop = site.node.world.suspension("eu", "desk")
    assert (await offer(site, stop, "head", reason="lost")).act.state == "done"
    site.node.clock.ahead += 3600
    assert (await offer(site, ending, "head", reason="lost")).act.state == "waiting"


async def test_stops_leave_the_acts_of_an_hour_alone(site):
    await site.node.record.pool.execute(
        "INSERT INTO desk.acts (id, kind, envelope, by, at, expires)"
        " SELECT n::text, 'key.suspended', '', '', $1, $1 FROM generate_series(1, 60) AS n",
        site.node.clock.now(),
    )
    ending = site.node.world.revocation("eu", "desk")
    assert (await offer(site, ending, "head", reason="lost")).act.state == "waiting"


async def test_journal_takes_a_line_of_its_own(site):
    node = site.node
    await record_act(node.appender, node.identity, node.clock, "invited", person="a" * 32)
    assert await journal(site) == [{"act": "invited", "person": "a" * 32}]


async def test_line_of_the_journal_may_wait_for_the_private_log(site):
    node, acts = site.node, []

    class Watching:
        """Passes acts on to the node's appender, and keeps them."""

        async def perform(self, decide):
            async def watched(transaction, heads):
                acts.append(await decide(transaction, heads))
                return acts[-1]

            return await node.appender.perform(watched)

    watching: Any = Watching()
    await record_act(watching, node.identity, node.clock, "invited", person="a" * 32)
    assert [act.may_follow for act in acts] == [True]


async def test_person_whom_the_other_side_does_not_know_begins_no_act(site):
    world = site.node.world
    world.eu.make_key("newcomer")
    world.enrol("eu", "newcomer", role="head")
    await catch_up(site.node)
    payload = world.revocation("eu", "desk", by="newcomer")
    assert await code_of(offer(site, payload, "newcomer", reason="lost")) == "person-unseasoned"


async def test_signature_that_counts_for_nothing_is_refused(site):
    begun = await offer(site, site.node.world.revocation("eu", "desk"), "head", reason="lost")
    assert await code_of(second(site, begun, "other-desk")) == "act-second"
    own = await second(site, begun, "desk")  # the holder may be one of the two
    assert own.act.state == "done"
