"""The page about losses after a restore: readers, text, permitted signatures."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from special_channel.broker.guarding import Behind
from special_channel.broker.recovering import Recovery
from special_channel.core.rows.submission import Submission
from special_channel.core.rows.writing import sign
from special_channel.stores.recovery import Recoveries
from tests.web.pages_node import PagesNode, Shown
from tests.web.reading import Page
from tests.world import World

ROOT = os.urandom(32)
SIGNED = 5
ALLOWED = ("registrar", "head", "director")


class Restored:
    """EU's pages after a restore; the private log has lost its five entries."""

    def __init__(self) -> None:
        self.reason = ""
        self.tail_lost = False
        self.recovery = Recovery.__new__(Recovery)  # filled once its node is made

    async def begin(self, pages_of: Any, world: World) -> None:
        self.site: PagesNode = await pages_of(
            world,
            "eu",
            recovery=self.recovery,
            ready=lambda: self.reason,
            private_behind=lambda: Behind("private", 0, SIGNED),
        )
        node = self.site.node

        async def after() -> None:
            return None

        Recovery.__init__(
            self.recovery,
            party="eu",
            record=node.record,
            append=node.appender.act,
            published=node.published,
            recoveries=Recoveries(node.record.pool),
            tail_lost=lambda: self.tail_lost,
            after=after,
        )
        node.published.write("private", SIGNED, ROOT)

    def lose_shared(self, entries: int) -> int:
        """Raise the guard above the log by a number of entries; return the guard's size."""
        size = self.site.node.world.eu.own.size + entries
        self.site.node.published.write("eu", size, ROOT)
        self.reason = "log-rolled-back"
        return size

    def acceptance(self, *signers: str, **changed: Any) -> Submission:
        world = self.site.node.world
        body = {"size": 0, "signed": SIGNED, "root": ROOT.hex()} | changed
        payload = world.payload("eu", "private.restored", by="registrar", body=body)
        payload |= {"log": self.site.node.identity.private_origin, "seen": []}
        return sign(payload, [world.eu.keys[name] for name in signers])


def offered(shown: Shown) -> list[str]:
    """Return the names of the page's buttons."""
    return Page(shown.html).one("main").names("button")


@pytest.fixture
async def restored(pages_of) -> Restored:
    made = Restored()
    await made.begin(pages_of, World.founded())
    return made


@pytest.mark.parametrize("who", ["desk", "clerk", "oversight", *ALLOWED])
async def test_recovery_page_is_open_to_the_roles_of_the_api(restored, who):
    site = restored.site
    site.scoped = True  # no grant of access can be written now
    page, api = await site.get("/recovery", who), await site.get("/api/recovery", who)
    assert page.status == api.status == (200 if who in ALLOWED else 403)
    bar = Page((await site.get("/inbox", who)).html).by_id("private-lost")
    assert bar is not None, "everybody is told"
    assert ("/recovery" in bar.links().values()) == (who in ALLOWED)
    if who not in ALLOWED:
        assert offered(page) == []


async def test_stranger_is_sent_to_sign_in(restored):
    shown = await restored.site.get("/recovery", who="")
    assert "private log" not in shown.text
    assert shown.status in {302, 303, 401}


@pytest.mark.parametrize("who", ALLOWED)
async def test_only_registrar_is_offered_the_first_signature(restored, who):
    shown = await restored.site.get("/recovery", who)
    assert "Our node had signed 5 entries; 0 are stored here. The last 5 are missing." in shown.text
    assert "There is no other copy of this log" in shown.text
    assert "names and addresses of officials" in shown.text
    assert offered(shown) == (["Accept the loss and sign"] if who == "registrar" else [])


async def test_body_offered_is_what_the_node_accepts(restored):
    shown = await restored.site.get("/recovery", "registrar")
    button = Page(shown.html).one("button", "Accept the loss and sign")
    assert json.loads(button.attributes["data-body"]) == {
        "size": 0,
        "signed": SIGNED,
        "root": ROOT.hex(),
    }


@pytest.mark.parametrize("who", ALLOWED)
async def test_second_signature_is_offered_to_leaders_alone(restored, who):
    first = restored.acceptance("registrar")
    assert await restored.recovery.accept_private(first) == []
    shown = await restored.site.get("/recovery", who)
    assert "A registrar has accepted the loss:" in shown.text
    assert '"kind":"private.restored"' in shown.text, "the exact bytes are shown"
    assert offered(shown) == (["Sign the same"] if who != "registrar" else [])


async def test_signature_for_another_loss_is_not_offered_again(restored):
    first = restored.acceptance("registrar", root="0" * 64)
    await Recoveries(restored.site.node.record.pool).keep(first.envelope)
    shown = await restored.site.get("/recovery", "head")
    assert "A registrar has accepted" not in shown.text
    assert offered(shown) == []
    registrar = await restored.site.get("/recovery", "registrar")
    assert offered(registrar) == ["Accept the loss and sign"]


async def test_page_after_both_signatures_offers_nothing(restored):
    await restored.recovery.accept_private(restored.acceptance("registrar", "head"))
    shown = await restored.site.get("/recovery", "registrar")
    assert "Apart from losses accepted by signature, no entry is known to be missing." in shown.text
    assert offered(shown) == []
    assert "only a backup can restore" not in shown.text.partition("Our shared log")[2]


async def test_shared_log_that_comes_back_says_so(restored):
    size = restored.lose_shared(3)
    shown = await restored.site.get("/recovery", "head")
    assert f"Our node had signed {size} entries; {size - 3} are stored here." in shown.text
    assert "our node fetches them from the copy held by CN" in shown.text
    assert "It can’t start alone, because more entries were signed" in shown.text
    assert "root-1.json" not in shown.text
    chinese = (await restored.site.get("/recovery", "head", lang="zh-CN")).text
    assert f"本节点已签署{size}条，现存{size - 3}条，缺末尾3条。" in chinese
    assert "已送达的部分将自动取回" in chinese


async def test_lost_tail_names_machine_and_command(restored):
    restored.lose_shared(1)
    restored.tail_lost = True
    shown = await restored.site.get("/recovery", "head")
    command = (
        "special-channel recover --node http://localhost --as registrar.json"
        " --root root-1.json --root root-2.json"
    )
    assert command in shown.text
    assert "never the node’s own machine" in shown.text
    assert "Receipts of our side beyond the first" in shown.text
    assert "are restored automatically: our node" not in shown.text


async def test_node_that_waits_names_start_alone_as_a_command(restored):
    restored.reason = "database-changed"
    shown = await restored.site.get("/recovery", "director")
    assert "special-channel start-alone --config node.toml" in shown.text
    assert "No page offers this" in shown.text
    chinese = (await restored.site.get("/recovery", "director", lang="zh-CN")).text
    assert "网页不提供此项操作" in chinese


async def test_damaged_guard_leaves_the_page_readable(restored):
    file = restored.site.node.published._folder / "eu.published"
    file.write_bytes(b"\x00\xff")
    restored.reason = "published-damaged"
    shown = await restored.site.get("/recovery", "head")
    assert shown.status == 200
    assert "start-alone" in shown.text


@pytest.mark.parametrize("reason", ["log-rolled-back", "log-forked"])
async def test_node_that_signs_nothing_is_not_called_whole(restored, reason):
    restored.reason = reason
    shown = (await restored.site.get("/recovery", "head")).text
    assert "No missing entry is known, and entries are signed." not in shown
    assert "start-alone" not in shown
