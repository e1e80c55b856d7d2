"""A channel that is full: the whole sample, a draft that waits, a mail, heads of unit signed in.

Loaded through the API with key files, as `./run` loads it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import aiohttp

from special_channel.channels.alerts import Composer
from special_channel.channels.smtp import SmtpServer, message_of
from special_channel.cli.client import Node
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.core.audit import trust
from special_channel.core.bytes.ids import PARTIES, EntryId, Party
from special_channel.core.entries import Role
from special_channel.messages.catalogue import Lang
from special_channel.sample.loading import load
from special_channel.sample.stage import Stage
from special_channel.stores.mailbox import MailboxItem
from special_channel.web.http.services import SERVICES
from special_channel.wiring.files import calendars
from tests.channel import ROOT, Channel
from tests.channels.test_alerts import ALERT, ZONES
from tests.story.sheets import SAMPLE, Sheets
from tests.story.windows import Window

OFFICIALS: dict[str, tuple[Party, Role, int]] = {
    "eu-desk-1": ("eu", "desk", 1),
    "eu-desk-2": ("eu", "desk", 2),
    "eu-head": ("eu", "head", 1),
    "cn-desk-1": ("cn", "desk", 1),
    "cn-desk-2": ("cn", "desk", 2),
    "cn-head": ("cn", "head", 1),
}


@dataclass
class Filled:
    """A channel with the sample in it. `positions` are by the names of threads.toml.

    `drafts` wait for a second official at their side.
    """

    made: Channel
    positions: Mapping[str, str]
    drafts: Mapping[Party, EntryId] = field(default_factory=dict)
    windows: dict[Party, Window] = field(default_factory=dict)


def _silent(_line: str, /, **_facts: str | int) -> None:
    """Show no progress."""


async def fill(made: Channel) -> Filled:
    """Load the sample; add a queued draft and a mail on each side."""
    async with aiohttp.ClientSession() as http:
        trusted = trust.parse(made.trust)
        officials = {
            name: Signing(
                Node(http, f"http://localhost:{made.ports[key[0]]}", made.officials[key]),
                trusted,
            )
            for name, key in OFFICIALS.items()
        }
        loaded = await load(
            Stage(
                officials=officials,
                folder=SAMPLE,
                calendars=calendars(ROOT / "config" / "calendars"),
                now=MACHINE.now,
                draw=MACHINE.draw,
                say=_silent,
            )
        )
    drafts = await _leave_drafts(made)
    for party in PARTIES:
        await _leave_mail(made, party, loaded.positions["stamp"])
    return Filled(made, loaded.positions, drafts)


async def _leave_drafts(made: Channel) -> dict[Party, EntryId]:
    week = Sheets(made, "L2026-48", skip=100)
    return {"eu": await week.lay_list(), "cn": await week.lay_return()}


async def _leave_mail(made: Channel, party: Party, thread: str) -> None:
    own = made.nodes[party].app[SERVICES]
    assert own.desk.mailbox is not None
    lang: Lang = "en" if party == "eu" else "zh-CN"
    letter = Composer(party, ZONES, own.node.url).letter(
        replace(ALERT, lang=lang, url=f"{own.node.url}/threads/{thread}", at=own.node.clock.now())
    )
    raw = message_of(letter, SmtpServer("", 25, "none", "node@localhost", "localhost"))
    facts = letter.id, "head@example", letter.subject, letter.text, letter.at
    await own.desk.mailbox.deliver(MailboxItem(*facts, raw))
