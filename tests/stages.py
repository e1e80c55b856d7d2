"""Load samples on a running channel, over HTTP as officials do."""

from __future__ import annotations

from typing import Final

import aiohttp

from special_channel.cli.client import Node
from special_channel.cli.day_heads import DayHeads
from special_channel.cli.machine import MACHINE
from special_channel.cli.official import Signing
from special_channel.core.audit import trust
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import Role
from special_channel.sample.stage import Journal, NullJournal, PastClock, Stage
from special_channel.wiring.files import calendars
from tests.channel import ROOT, Channel

NAMES: Final[dict[str, tuple[Party, Role, int]]] = {
    "eu-desk-1": ("eu", "desk", 1),
    "eu-desk-2": ("eu", "desk", 2),
    "eu-head": ("eu", "head", 1),
    "cn-desk-1": ("cn", "desk", 1),
    "cn-desk-2": ("cn", "desk", 2),
    "cn-head": ("cn", "head", 1),
}


def _silent(msgid: str, /, **facts: str | int) -> None:
    del msgid, facts


def stage_of(
    made: Channel,
    http: aiohttp.ClientSession,
    past: PastClock | None = None,
    journal: Journal | None = None,
) -> Stage:
    """Return the channel's officials under the names of the demonstration, without output.

    `past`: the clock of both nodes, where they load a past year.
    """
    trusted = trust.parse(made.trust)
    now = MACHINE.now if past is None else past.now
    day = DayHeads() if past else None
    return Stage(
        officials={
            name: Signing(
                Node(http, made.settings(key[0]).node.url, made.officials[key]),
                trusted,
                now=now,
                day=day,
            )
            for name, key in NAMES.items()
        },
        folder=ROOT / "config" / "sample",
        calendars=calendars(ROOT / "config" / "calendars"),
        now=now,
        draw=MACHINE.draw,
        say=_silent,
        journal=journal or NullJournal(),
        past=past,
    )
