"""Service keys sign in over the API, read by a grant that names them, write their kinds (K19, K29).

With attack 45: a reader outside the scope, after its end, by each way of reading.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from special_channel.core.rows.writing import sign
from special_channel.web.shell import private_log
from tests.core.test_judge_machines import machine
from tests.nodes.api import Api
from tests.web.pages_node import PagesNode, catch_up
from tests.world import World

NUMBER = "FIKTIV-26-0000001"

READERS = ("oversight", "new")
"""An overseer, and a service's key."""


@dataclass
class Scene:
    """EU's pages with two threads and a list; an overseer and a service without any grant."""

    world: World
    site: PagesNode
    first: Any
    second: Any
    batch: Any

    async def api(self, who: str) -> Api:
        return await Api(self.site.client, self.site.base).sign_in(self.world.eu.keys[who])

    async def code(self, api: Api, path: str) -> str:
        reply = await api.call("GET", path)
        return reply.code if reply.status != 200 else ""

    async def grant(self, who: str, **body: Any) -> str:
        if who == "new":
            body |= {"person": None, "key": self.world.eu.keys["new"].key}
        return await self.site.grant_access(who, **body)

    def ways(self) -> dict[str, str]:
        """Return a path by each way of reading, outside a grant of the first thread."""
        second, batch = self.second.position, self.batch.position
        return {
            "page": f"/threads/{second}",
            "API": f"/api/threads/{second}",
            "entry": f"/api/entries/{self.second.id}",
            "file": "/api/files/" + "0" * 64,
            "list": f"/batches/{batch}",
            "lists": "/api/batches",
            "sheet": "/applications.csv",
            "brief": "/brief/working/internal",
            "export": f"/api/export?scope={second}",
            "all": "/api/export",
            "stream": "/api/stream",
        }

    async def codes(self, api: Api) -> dict[str, str]:
        return {way: await self.code(api, path) for way, path in self.ways().items()}

    def refused(self) -> dict[str, str]:
        return dict.fromkeys(self.ways(), "access-scope")


@pytest.fixture
async def scene(pages_of) -> Scene:
    world = World.founded()
    first, second = world.open_thread("eu", "First"), world.open_thread("eu", "Second")
    batch = world.list_batch([NUMBER])
    world.exchange()
    world.append("eu", machine(world, "eu", "service"), also=["registrar", "head"])
    world.exchange()
    site = await pages_of(world, "eu")
    site.scoped = True
    return Scene(world, site, first, second, batch)


# Attack 45 ------------------------------------------------------------------------------


@pytest.mark.parametrize("who", READERS)
async def test_reader_outside_the_scope_reads_nothing_by_any_way(scene, who):
    api = await scene.api(who)
    assert await scene.codes(api) == scene.refused(), "without a grant"
    await scene.grant(who, threads=[scene.first.leaf.thread])
    assert await scene.codes(api) == scene.refused(), "outside a grant"
    for path in (f"/threads/{scene.first.position}", f"/api/threads/{scene.first.position}"):
        assert await scene.code(api, path) == "", path


@pytest.mark.parametrize("who", READERS)
async def test_reader_reads_nothing_after_the_end_by_any_way(scene, who):
    await scene.grant(who, until="2026-11-25T00:00:00Z")
    api = await scene.api(who)
    within = f"/api/threads/{scene.second.position}"
    assert await scene.code(api, within) == ""
    scene.world.clock.forward(2 * 86_400)
    api = await scene.api(who)
    assert await scene.codes(api) == scene.refused(), "after `until`"
    ref = await scene.grant(who)
    assert await scene.code(api, within) == ""
    payload = scene.world.payload("eu", "access.ended", by="oversight", ref=ref)
    payload |= {"log": scene.world.eu.private_origin, "seen": []}
    await private_log.store(scene.site.own, [sign(payload, [scene.world.eu.keys["oversight"]])])
    assert await scene.codes(api) == scene.refused(), "ended by an overseer"


async def test_grant_of_another_reader_opens_nothing(scene):
    await scene.grant("oversight")
    assert await scene.codes(await scene.api("new")) == scene.refused()


# Services -------------------------------------------------------------------------------


async def test_service_has_no_session_of_a_browser(scene):
    open_, signer = Api(scene.site.client, scene.site.base), scene.world.eu.keys["new"]
    reply = await open_.answer(await open_.challenge(signer), signer, browser=True)
    assert (reply.status, reply.code) == (403, "role-access")


@pytest.mark.parametrize("role", ["node", "link"])
async def test_other_machines_do_not_sign_in(scene, role):
    open_, signer = Api(scene.site.client, scene.site.base), scene.world.eu.keys[role]
    reply = await open_.answer(await open_.challenge(signer), signer)
    assert reply.code == "role-access"


async def test_service_reaches_no_address_of_a_person(scene):
    api = await scene.api("new")
    await scene.grant("new")
    for path in ("/api/heads", "/api/status", "/api/directory", "/api/numbers"):
        assert await scene.code(api, path) == "", path
    for path in ("/api/sessions", "/api/acts", "/api/access", "/api/enrolments", "/keys",
                 "/people/acts", "/access", "/api/drafts/own"):  # fmt: skip
        assert await scene.code(api, path) == "role-access", path
    assert (await api.call("POST", "/api/sessions/end", {})).code == "role-access"
    assert await scene.code(await scene.api("desk"), "/api/sessions") == "", "no person signed out"


async def test_service_writes_its_kinds_and_no_other(scene):
    api, world = await scene.api("new"), scene.world
    signer = world.eu.keys["new"]
    stated = {"number": NUMBER, "as_of": "2026-11-23", "state": "review", "source": "supplier"}
    linked = {"number": NUMBER, "former": "FIKTIV-26-0000002", "basis": "refiled"}
    for kind, fields, code in (
        ("application.asserted", {"body": stated}, ""),
        ("application.linked", {"body": linked}, "service-kind"),
        ("thread.closed", {"thread": scene.first.leaf.thread, "body": {}}, "role"),
    ):
        entry = sign(world.payload("eu", kind, by="new", **fields), [signer])
        reply = await api.send(entry)
        assert (reply.code if reply.status != 200 else "") == code, kind


async def test_service_ends_with_its_owner(scene):
    api = await scene.api("new")
    await scene.grant("new")
    assert await scene.code(api, "/api/numbers") == ""
    left = {"person": scene.world.eu.person("desk")}
    payload = scene.world.payload("eu", "person.left", by="registrar", body=left)
    scene.world.append("eu", payload, also=["head"])
    await catch_up(scene.site.node)
    scene.site.own.desk.door.known.forget_all()
    assert await scene.code(api, "/api/numbers") == "person-ended"
    open_, signer = Api(scene.site.client, scene.site.base), scene.world.eu.keys["new"]
    assert (await open_.answer(await open_.challenge(signer), signer)).code == "person-ended"


async def test_reading_of_a_service_names_who_answers_for_it(scene):
    api = await scene.api("new")
    await scene.grant("new")
    assert await scene.code(api, f"/api/threads/{scene.first.position}") == ""
    rows = await scene.site.node.record.pool.fetch("SELECT person, key, way, what FROM desk.reads")
    key = scene.world.eu.keys["new"].key
    assert [tuple(row) for row in rows] == [(scene.world.eu.person("desk"), key, "api", "thread")]
