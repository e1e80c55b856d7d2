"""Assemble signing in: the check of requests, and the task that deletes expired sessions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from special_channel.desk.session_keeper import SessionKeeper
from special_channel.desk.signin import SignIn
from special_channel.desk.stop_cards import StopDeps, StopKeeper
from special_channel.stores.stop_cards import StopCards

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def door(core: Core) -> SignIn:
    """Make the check of challenges, cookies and tokens."""
    settings = core.settings
    return SignIn(
        sessions=core.sessions,
        officials=core.officials,
        record=core.record,
        party=core.identity.party,
        origin=settings.node.url,
        clock=core.clock,
        randomness=core.randomness,
        browser_life=timedelta(hours=settings.limits.session_hours),
        bearer_life=timedelta(minutes=settings.limits.token_minutes),
        ended=core.wake,
        challenges_per_client=settings.limits.challenges_per_address,
    )


def session_keeper(core: Core) -> SessionKeeper:
    """Make the task that deletes expired sessions and challenges."""
    return SessionKeeper(core.sessions, core.changes, core.clock, asyncio.sleep)


def stop_desk(core: Core) -> StopDeps:
    """Make what prints stop cards and takes their codes."""
    return StopDeps(
        cards=StopCards(core.record.pool),
        door=core.door,
        appender=core.appender,
        identity=core.identity,
        clock=core.clock,
        randomness=core.randomness,
    )


def stop_keeper(core: Core) -> StopKeeper:
    """Make the task that stops the keys of whoever gave the code of an own card."""
    return StopKeeper(core.stop, core.alarms)
