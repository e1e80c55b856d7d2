"""Drill: six people, some on leave, do on one day what can't wait.

A new laptop is enrolled, a list with line stops released, and a key stopped, by commands
(docs/security/people-and-safes.md).
"""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from special_channel.core.bytes.times import timestamp
from special_channel.desk.keyfile import KeyFile
from special_channel.stores.views import Views
from tests import servers
from tests.channel import Channel, channel
from tests.nodes.staff import Staff
from tests.nodes.whole import assert_equal
from tests.reasons import TYPED
from tests.story.sheets import Sheets

pytestmark = [pytest.mark.asyncio(loop_scope="function"), pytest.mark.timeout(300)]

NONE = ("--marking", "none")
OPENED = (("Fictional subject", *NONE), ("Fictional matter", "--function", "2", *NONE))


@pytest_asyncio.fixture
async def made() -> AsyncIterator[Channel]:
    with servers.open_folder() as folder:
        async with channel(folder) as made:
            yield made


async def test_two_of_each_with_one_registrar_and_one_head_on_leave(made, capsys):
    """Two registrars, two heads, two of the desk; the first registrar and head are away."""
    head = await made.enrol("eu", "head", "unit", 2)
    staff = await Staff.of(made, capsys)
    await staff.answered()
    await one_day(staff, registrar=staff.second, second=head, releases=head)


async def test_one_registrar_with_the_head_on_leave_and_a_stand_in(made, capsys):
    """One registrar, one head, four of the desk; a colleague stands in for the head."""
    for number in (3, 4):
        await made.enrol("eu", "desk", "permits", number)
    head, stand_in = made.officials["eu", "head", 1], made.officials["eu", "desk", 3]
    staff = await Staff.of(made, capsys)
    await staff.answered()
    away = await staff.number(staff.registrar)
    await staff.act(staff.second, head, "person", "left", away)
    until = timestamp(made.nodes["eu"].core.clock.now() + timedelta(days=14))
    for_head = ("--for", await staff.number(head), "--until", until)
    grant = ("person", "stand-in", await staff.number(stand_in), *for_head)
    await staff.act(staff.second, head, *grant)
    await staff.answered()
    colleague = made.officials["eu", "desk", 2]
    await acts_for_the_head(staff, stand_in, colleague)
    await one_day(staff, registrar=staff.second, second=colleague, releases=stand_in)


async def acts_for_the_head(staff: Staff, stand_in: KeyFile, colleague: KeyFile) -> None:
    """State the function that allows the act, by default or by number; say for whom."""
    moved = ("person", "end-role", await staff.number(colleague), "--grant", "1")
    begun = await staff.run(stand_in, *moved)
    assert begun["state"] == "waiting"
    assert begun["function"].startswith("head of unit, ")
    assert ", as stand-in for " in begun["function"]
    await staff.run(stand_in, "act", "take-back", begun["id"])
    own, lent = [await staff.run(stand_in, "thread", "open", *each) for each in OPENED]
    assert "function" not in own
    assert ", as stand-in for " in lent["function"]
    assert (
        await staff.refused(stand_in, "thread", "open", "None", "--function", "7", *NONE)
        == "grant-ended"
    )


async def one_day(staff: Staff, *, registrar: KeyFile, second: KeyFile, releases: KeyFile) -> None:
    """Do all three acts, and print how long each took."""
    made, took = staff.made, {}
    author, colleague = (made.officials["eu", "desk", number] for number in (1, 2))
    official = await staff.known(author, "desk", "Ewa Lis")
    began = time.monotonic()
    laptop = await staff.new_laptop(registrar, second, official, "laptop-2")
    took["new laptop"] = time.monotonic() - began

    began = time.monotonic()
    batch = await released(staff, laptop, releases)
    took["list released"] = time.monotonic() - began

    began = time.monotonic()
    stopped = await staff.run(colleague, "key", "suspend", author.key, "--reason", "lost")
    assert stopped["state"] == "done"
    took["key stopped"] = time.monotonic() - began
    await made.caught_up()
    for party in made.nodes:
        views = Views(made.nodes[party].core.record.pool)
        rows = await views.keys([author.key, laptop.key])
        assert (rows[author.key].now, rows[laptop.key].now) == ("suspended", "active")
        [entry] = (await made.nodes[party].core.record.find([batch])).values()
        assert entry.code == ""
    await assert_equal(made)
    words = ", ".join(f"{what} after {seconds:.1f} s" for what, seconds in took.items())
    print(f"Six people: {words}.")  # noqa: T201


async def released(staff: Staff, author: KeyFile, releases: KeyFile) -> str:
    """Sign a list with line stops on the new laptop, and release it; return its id."""
    file = staff.made.folder / "list.csv"
    file.write_bytes(Sheets(staff.made, "L2026-48").file("list-eu.csv"))
    assert b"line_stop" in file.read_bytes()
    await staff.run(author, "batch", "import", str(file), *TYPED)
    async with staff.signed_in(releases) as api:
        [draft] = (await api.call("GET", "/api/clearances")).document["clearances"]
    # The author's older key is no second person, and the desk releases no line stop.
    older, desk = (staff.made.officials["eu", "desk", number] for number in (1, 2))
    assert await staff.refused(older, "batch", "release", draft["id"]) == "clearance-own"
    assert await staff.refused(desk, "batch", "release", draft["id"]) == "release-leader"
    await staff.run(releases, "batch", "release", draft["id"])
    return str(draft["id"])
