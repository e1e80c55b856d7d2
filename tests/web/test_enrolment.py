"""Enrolling a key on a real node: one code, one key, and a registrar's confirmation."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.rows.directory import Grant, PersonRow
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import Signer
from special_channel.desk import enrolment, payloads
from special_channel.desk.enrolment import EnrolmentDeps, SignedEnrolment
from special_channel.desk.keyfile import KeyFile
from special_channel.desk.payloads import Author
from special_channel.stores.people import Official
from tests.sides import REGISTRARS
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


async def entry(site: PagesNode, seed: int, log: str = "", person: str = "") -> Submission:
    """An entry that enrols a key made from a seed, as its holder's browser signs it."""
    key = KeyFile.make("eu", "desk", bytes([seed] * 32))
    person = person or (await official_of(site)).person
    return payloads.key_enrolled(author_of(site, key, log), key.public, person)


async def official_of(site: PagesNode) -> Official:
    """The official whom `invited` invites."""
    officials = await site.own.desk.officials.all()
    return next(each for each in officials if each.role == "desk")


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
        ({"person": "a1" * 16}, "enrolment-differs"),
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
    registrars = registrars_of(site)
    offered = await entry(site, 1)
    unknown = "eu:" + "0" * 32
    assert await code_of(enrolment.confirm(deps, unknown, registrars)) == "enrolment-unknown"
    key = await enrolment.offer(deps, CODE, offered.envelope)
    accepted = await enrolment.confirm(deps, key, registrars)
    assert accepted.id == dsse.decode(offered.envelope).id
    assert await deps.enrolments.waiting() == []
    assert await site.node.size("eu") == accepted.index + 1


def registrars_of(site: PagesNode) -> tuple[Signer, ...]:
    """Both founding registrars' keys."""
    return tuple(site.node.world.eu.keys[name] for name in REGISTRARS)


def signed_too(offered: Submission, *signers: Signer) -> bytes:
    """An entry with further signatures."""
    envelope = dsse.decode(offered.envelope)
    for signer in signers:
        signature = dsse.Signature(signer.key, signer.private.sign(envelope.pae))
        envelope = envelope.with_signature(signature)
    return envelope.encode()


async def test_entry_signed_by_a_registrar_needs_a_key_that_waits(site):
    deps = await invited(site)
    offered = await entry(site, 1)
    signed = SignedEnrolment(signed_too(offered, *registrars_of(site)))
    size = await site.node.size("eu")
    assert await code_of(enrolment.confirmed(deps, signed)) == "enrolment-unknown"
    assert await site.node.size("eu") == size
    await enrolment.offer(deps, CODE, offered.envelope)
    assert (await enrolment.confirmed(deps, signed)).index == size
    assert await deps.enrolments.waiting() == []


async def newcomer(site: PagesNode, code: str = CODE) -> Official:
    """An official who has no function in the record yet, with a code."""
    deps = site.own.desk.enrolment
    person = Official(0, "Věra Nováková", "head", "Unit A.1", "licensing", "", "en")
    number = await deps.officials.add(person, "7c" * 16)
    await enrolment.invite(deps, number, code)
    return replace(person, id=number, person="7c" * 16)


async def kinds(site: PagesNode, since: int) -> list[str]:
    """Kinds of the entries that were appended."""
    stored = await site.own.stores.views.directory_entries("eu")
    return [each.kind for each in stored if each.index >= since]


async def test_confirming_a_newcomer_grants_the_function_as_well(site):
    official, deps = await newcomer(site), site.own.desk.enrolment
    size, registrars = await site.node.size("eu"), registrars_of(site)
    key = await enrolment.offer(deps, CODE, (await entry(site, 1, person="7c" * 16)).envelope)
    accepted = await enrolment.confirm(deps, key, registrars)
    assert await kinds(site, size) == ["role.granted", "key.enrolled"]
    assert accepted.index == size + 1
    row = (await site.own.stores.views.keys([key]))[key]
    assert (row.role, row.desk, row.unit) == ("head", "licensing", "Unit A.1")
    assert row.person == official.person
    # A second key of the same person needs no second function.
    await enrolment.invite(deps, official.id, OTHER_CODE)
    other = await entry(site, 2, person="7c" * 16)
    await enrolment.confirm(
        deps, await enrolment.offer(deps, OTHER_CODE, other.envelope), registrars
    )
    assert await kinds(site, size) == ["role.granted", "key.enrolled", "key.enrolled"]


async def test_registrars_elsewhere_sign_the_function_too(site):
    official, deps = await newcomer(site), site.own.desk.enrolment
    size, (registrar, second) = await site.node.size("eu"), registrars_of(site)
    offered = await entry(site, 1, person="7c" * 16)
    await enrolment.offer(deps, CODE, offered.envelope)
    key = signed_too(offered, registrar, second)
    author = replace(author_of(site, KeyFile.make("eu", "desk", bytes(32))), signer=registrar)

    def granted(**changed: Any) -> bytes:
        body = enrolment.granting(official, 1) | changed
        return signed_too(payloads.role_granted(author, body), second)

    async def code(grant: bytes | None) -> str:
        return await code_of(enrolment.confirmed(deps, SignedEnrolment(key, grant)))

    assert await code(None) == "grant-missing"
    for wrong in ({"role": "director"}, {"grant": 2}, {"person": "8d" * 16}, {"desk": "unit"}):
        assert await code(granted(**wrong)) == "enrolment-differs"
    assert await code(key) == "entry-malformed"
    elsewhere = payloads.role_granted(
        replace(author, log="cn.channel.example/log"), enrolment.granting(official, 1)
    )
    assert await code(elsewhere.envelope) == "entry-other-log"
    alone = payloads.role_granted(author, enrolment.granting(official, 1))
    assert await code(alone.envelope) == "persons-missing"
    assert await site.node.size("eu") == size
    accepted = await enrolment.confirmed(deps, SignedEnrolment(key, granted()))
    assert accepted.index == size + 1
    assert await kinds(site, size) == ["role.granted", "key.enrolled"]


async def test_neither_is_appended_if_the_key_is_refused(site):
    official, deps = await newcomer(site), site.own.desk.enrolment
    size, (registrar, second) = await site.node.size("eu"), registrars_of(site)
    offered = await entry(site, 1, person="7c" * 16)
    await enrolment.offer(deps, CODE, offered.envelope)
    author = replace(author_of(site, KeyFile.make("eu", "desk", bytes(32))), signer=registrar)
    grant = payloads.role_granted(author, enrolment.granting(official, 1))
    signed = SignedEnrolment(signed_too(offered, registrar), signed_too(grant, second))
    assert await code_of(enrolment.confirmed(deps, signed)) == "persons-missing"
    assert await site.node.size("eu") == size


async def test_function_granted_meanwhile_is_left_out(site):
    deps = await invited(site)
    official, (registrar, second) = await official_of(site), registrars_of(site)
    size = await site.node.size("eu")
    offered = await entry(site, 1)
    await enrolment.offer(deps, CODE, offered.envelope)
    author = replace(author_of(site, KeyFile.make("eu", "desk", bytes(32))), signer=registrar)
    grant = signed_too(payloads.role_granted(author, enrolment.granting(official, 1)), second)
    signed = SignedEnrolment(signed_too(offered, registrar, second), grant)
    await enrolment.confirmed(deps, signed)
    assert await kinds(site, size) == ["key.enrolled"]


def test_next_grant_follows_those_that_ended():
    held = Grant(1, "desk", "licensing", "Unit A.1", 4)
    row = PersonRow("7c" * 16, "eu", 3, (held,))
    assert enrolment.next_grant(None) == 1
    assert enrolment.next_grant(row) is None
    assert enrolment.next_grant(replace(row, grants=(replace(held, end=9),))) == 2
