"""Enrolling a key on a real node: one code, one key, and a registrar's confirmation."""

from __future__ import annotations

import asyncio
import itertools
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from special_channel.core.bytes.errors import ChannelError
from special_channel.core.rows.directory import Grant, PersonRow
from special_channel.core.rows.submission import Submission
from special_channel.desk import acts, enrolment, invitations, payloads
from special_channel.desk.enrolment import EnrolmentDeps
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
    await drawn(site, official, code)
    return deps


async def drawn(site: PagesNode, official: Official, code: str) -> None:
    """Draw a code with the registrar's key."""
    by = site.node.world.eu.keys["registrar"].key
    await invitations.draw(site.own.desk.enrolment, official, code, by)


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
    [waiting] = await acts.waiting(deps.acts)
    assert (waiting.key, waiting.envelope) == (key, first.envelope)
    assert await enrolment.state_of(deps, key) == "waiting"
    assert await code_of(enrolment.offer(deps, CODE, second.envelope)) == "code-unknown"


async def test_two_keys_offered_at_once_leave_one_waiting(site):
    deps = await invited(site)
    both = [await entry(site, seed) for seed in (1, 2)]
    done = await asyncio.gather(
        *(enrolment.offer(deps, CODE, each.envelope) for each in both), return_exceptions=True
    )
    refused = [each for each in done if isinstance(each, ChannelError)]
    assert [each.code for each in refused] == ["code-unknown"]
    assert len(await acts.waiting(deps.acts)) == 1


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
    assert await acts.waiting(deps.acts) == []


async def test_entry_of_another_kind_enrols_no_key(site):
    deps = await invited(site)
    key = KeyFile.make("eu", "desk", bytes([1] * 32))
    other = payloads.acknowledged(author_of(site, key), ("a1" * 16, "b2" * 32))
    assert await code_of(enrolment.offer(deps, CODE, other.envelope)) == "entry-malformed"


async def test_registrars_confirm_a_key_that_waits_and_no_other(site):
    deps = await invited(site)
    registrars = [site.node.world.eu.keys[name] for name in REGISTRARS]
    offered = await entry(site, 1)
    unknown = "eu:" + "0" * 32
    assert await code_of(enrolment.confirm(deps, unknown, registrars)) == "enrolment-unknown"
    assert await code_of(enrolment.state_of(deps, unknown)) == "enrolment-unknown"
    key = await enrolment.offer(deps, CODE, offered.envelope)
    await enrolment.confirm(deps, key, registrars)
    assert await enrolment.state_of(deps, key) == "confirmed"
    assert (await site.own.stores.views.keys([key]))[key].now == "active"


async def test_refused_key_says_so_to_its_holder(site):
    deps = await invited(site)
    key = await enrolment.offer(deps, CODE, (await entry(site, 1)).envelope)
    [act] = await acts.waiting(deps.acts)
    await acts.close(deps.acts, act.id, "refused", site.node.world.eu.keys["registrar"].key)
    assert await enrolment.state_of(deps, key) == "refused"


async def test_key_of_a_person_without_a_function_does_not_wait(site):
    deps = site.own.desk.enrolment
    person = Official(0, "Věra Nováková", "head", "Unit A.1", "licensing", "", "en")
    number = await deps.officials.add(person, "7c" * 16)
    await drawn(site, replace(person, id=number, person="7c" * 16), CODE)
    offered = (await entry(site, 1, person="7c" * 16)).envelope
    assert await code_of(enrolment.offer(deps, CODE, offered)) == "person-unknown"
    registrars = [site.node.world.eu.keys[name] for name in REGISTRARS]
    await enrolment.grant(deps, replace(person, id=number, person="7c" * 16), registrars)
    key = await enrolment.offer(deps, CODE, offered)
    await enrolment.confirm(deps, key, registrars)
    row = (await site.own.stores.views.keys([key]))[key]
    assert (row.role, row.desk, row.unit) == ("head", "licensing", "Unit A.1")


def test_next_grant_follows_those_that_ended():
    held = Grant(1, "desk", "licensing", "Unit A.1", 4)
    row = PersonRow("7c" * 16, "eu", 3, (held,))
    assert enrolment.next_grant(None) == 1
    assert enrolment.next_grant(row) is None
    assert enrolment.next_grant(replace(row, grants=(replace(held, end=9),))) == 2


@pytest.mark.parametrize(("lang", "term"), [("en", "Computer"), ("zh-CN", "设备")])
async def test_act_shows_the_computer_that_the_holder_named(site, lang, term):
    await invited(site)
    body = {"code": CODE, "envelope": (await entry(site, 1)).envelope.decode()}
    label = {"label": " Laptop  2, <b>room 4</b> "}
    offered = await site.ask("POST", "/api/enrol", "", lang, json=body | label)
    assert offered.status == 200
    [act] = await acts.waiting(site.own.desk.enrolment.acts)
    for path in (f"/people/acts/{act.id}", "/people/acts"):
        page = (await site.get(path, "second-registrar", lang)).page
        assert page.facts()[term] == "Laptop 2, <b>room 4</b>"
        assert page.marked("data-fingerprint")
    # It is no part of what is signed and crosses to the other side.
    assert b"Laptop" not in act.envelope


async def test_act_says_that_a_computer_has_no_name(site):
    deps = await invited(site)
    await enrolment.offer(deps, CODE, (await entry(site, 1)).envelope)
    [act] = await acts.waiting(deps.acts)
    page = (await site.get(f"/people/acts/{act.id}", "second-registrar")).page
    assert page.facts()["Computer"] == "not named by its holder"


@pytest.mark.parametrize(
    ("label", "code"),
    [("x" * 61, "label-long"), ("a\0b", "label-long"), ("a\u202eb", "text-direction")],
)
async def test_label_that_can_not_be_shown_uses_no_code(site, label, code):
    deps = await invited(site)
    offered = (await entry(site, 1)).envelope
    assert await code_of(enrolment.offer(deps, CODE, offered, label)) == code
    assert await enrolment.offer(deps, CODE, offered, "x" * 60)
