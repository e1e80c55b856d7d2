"""Enrolling a key on a real node: one code, one key, and a registrar's confirmation."""

from __future__ import annotations

import asyncio
import itertools
from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.rows.submission import Submission
from special_channel.desk import enrolment, payloads
from special_channel.desk.enrolment import EnrolmentDeps
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from tests.web.pages_node import PagesNode
from tests.world import World

CODE, OTHER_CODE = "2345-6789-ABCD", "EFGH-JKMN-PQRS"
LOG = "eu.channel.example/log"


@pytest.fixture
async def site(pages_of) -> PagesNode:
    made: PagesNode = await pages_of(World.founded(), "eu")
    return made


async def invited(site: PagesNode, code: str = CODE) -> EnrolmentDeps:
    """Issue a code for an official of the permits desk."""
    deps = site.own.desk.enrolment
    [official] = [each for each in await deps.officials.all() if each.role == "desk"][:1]
    await enrolment.invite(deps, official.id, code)
    return deps


def author_of(site: PagesNode, key: KeyFile, log: str = "") -> Author:
    world = site.node.world
    stated: Any = world.payload("eu", "key.enrolled", body={})
    salts = itertools.count()
    return Author(
        key.signer, log or world.eu.origin, stated["at"], tuple(stated["seen"]),
        lambda length: bytes([next(salts)] * length),
    )  # fmt: skip


async def entry(site: PagesNode, seed: int, log: str = "", **changed: str) -> Submission:
    """An entry that enrols a key made from a seed, as its holder's browser signs it."""
    deps = site.own.desk.enrolment
    [official] = [each for each in await deps.officials.all() if each.role == "desk"][:1]
    key = KeyFile.make("eu", "desk", bytes([seed] * 32))
    fields = {"role": official.role, "unit": official.unit, "desk": official.desk} | changed
    return payloads.key_enrolled(author_of(site, key, log), key.public, **fields)


async def code_of(awaited) -> str:
    with pytest.raises(ChannelError) as refused:
        await awaited
    return refused.value.code


async def test_code_invites_until_it_expires(site):
    deps = await invited(site)
    official = await enrolment.invited(deps, "2345 6789 abcd")
    assert official.role == "desk"
    assert await code_of(enrolment.invited(deps, OTHER_CODE)) == "code-unknown"
    site.node.world.clock.forward(int(timedelta(days=3).total_seconds()))
    assert await code_of(enrolment.invited(deps, CODE)) == "code-unknown"


async def test_key_waits_for_confirmation_under_its_code_once(site):
    deps = await invited(site)
    first, second = await entry(site, 1), await entry(site, 2)
    key = await enrolment.offer(deps, CODE, first.envelope)
    waiting = await deps.enrolments.of_key(key)
    assert waiting is not None
    assert (waiting.envelope, waiting.state) == (first.envelope, "waiting")
    assert await code_of(enrolment.offer(deps, CODE, second.envelope)) == "code-unknown"


async def test_two_keys_offered_at_once_leave_one_waiting(site):
    deps = await invited(site)
    both = [await entry(site, seed) for seed in (1, 2)]
    done = await asyncio.gather(
        *(enrolment.offer(deps, CODE, each.envelope) for each in both), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, ChannelError)]
    assert [each.code for each in refused] == ["code-unknown"]
    assert len(await deps.enrolments.waiting()) == 1


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"role": "head"}, "enrolment-differs"),
        ({"unit": "Another unit"}, "enrolment-differs"),
        ({"desk": "unit"}, "enrolment-differs"),
        ({"log": "cn.channel.example/log"}, "entry-other-log"),
    ],
)
async def test_entry_that_says_otherwise_than_the_code_is_refused(site, changed, code):
    deps = await invited(site)
    envelope = (await entry(site, 1, **changed)).envelope
    assert await code_of(enrolment.offer(deps, CODE, envelope)) == code
    assert await deps.enrolments.waiting() == []


async def test_entry_of_another_kind_enrols_no_key(site):
    deps = await invited(site)
    key = KeyFile.make("eu", "desk", bytes([1] * 32))
    other = payloads.acknowledged(author_of(site, key), ("a1" * 16, "b2" * 32))
    assert await code_of(enrolment.offer(deps, CODE, other.envelope)) == "entry-malformed"


async def test_registrar_confirms_a_key_that_waits_and_no_other(site):
    deps = await invited(site)
    registrar = site.node.world.eu.keys["registrar"]
    offered = await entry(site, 1)
    unknown = "eu:" + "0" * 32
    assert await code_of(enrolment.confirm(deps, unknown, registrar)) == "enrolment-unknown"
    key = await enrolment.offer(deps, CODE, offered.envelope)
    accepted = await enrolment.confirm(deps, key, registrar)
    assert accepted.id == dsse.decode(offered.envelope).id
    assert await deps.enrolments.waiting() == []
    assert await site.node.size("eu") == accepted.index + 1


async def test_entry_signed_by_a_registrar_needs_a_key_that_waits(site):
    deps = await invited(site)
    registrar = site.node.world.eu.keys["registrar"]
    offered = dsse.decode((await entry(site, 1)).envelope)
    message = dsse.pae(offered.payload_type, offered.payload)
    signature = dsse.Signature(registrar.key, registrar.private.sign(message))
    signed = offered.with_signature(signature)
    size = await site.node.size("eu")
    assert await code_of(enrolment.confirmed(deps, signed)) == "enrolment-unknown"
    assert await site.node.size("eu") == size
    await enrolment.offer(deps, CODE, offered.encode())
    assert (await enrolment.confirmed(deps, signed)).index == size
    assert await deps.enrolments.waiting() == []
