"""Assemble signing in: the check of requests, and the task that deletes expired sessions."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from special_channel.desk.session_keeper import SessionKeeper
from special_channel.desk.signin import SignIn

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
