"""Limits of the web from the settings: requests, uploads, drafts, connections."""

from __future__ import annotations

import asyncio
from dataclasses import fields
from datetime import timedelta
from typing import TYPE_CHECKING

from special_channel.config import Settings
from special_channel.desk.file_keeper import FileKeeper
from special_channel.desk.reader import Reader, ReaderLimits
from special_channel.stores.drafts import DraftQuota
from special_channel.web.http.connections import Timeouts
from special_channel.web.http.gate import Proxies
from special_channel.web.http.services import Limits

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def limits(settings: Settings) -> Limits:
    """Return the limits of one client."""
    names = {each.name for each in fields(Limits)}
    return Limits(**settings.limits.model_dump(include=names))


def draft_quota(settings: Settings) -> DraftQuota:
    """Return the limits of one person's drafts."""
    return DraftQuota(settings.limits.drafts_per_person, settings.limits.draft_bytes_per_person)


def waiting_quota(settings: Settings) -> DraftQuota:
    """Return the limits of one person's signed drafts that wait for release."""
    section = settings.limits
    return DraftQuota(section.waiting_drafts_per_person, section.waiting_draft_bytes_per_person)


def act_life(settings: Settings) -> timedelta:
    """Return how long an act on people waits for its signatures."""
    return timedelta(hours=settings.limits.act_hours)


def file_keeper(core: Core) -> FileKeeper:
    """Make the task that deletes unreferenced files; paused while the logs may lack entries."""
    age = timedelta(days=core.settings.limits.unnamed_file_days)

    def holds() -> bool:
        return bool(core.reason()) or core.guards.private.behind is not None

    return FileKeeper(core.files, core.uploads, age, holds, asyncio.sleep)


def timeouts(settings: Settings) -> Timeouts:
    """Return the time-outs of a connection."""
    return Timeouts(settings.limits.header_seconds, settings.limits.idle_seconds)


def proxies(settings: Settings) -> Proxies:
    """Return the proxies that may name a client's address."""
    return Proxies(settings.proxy.header, settings.proxy.trusted)


def reader(settings: Settings) -> Reader:
    """Make the parser of officials' files."""
    return Reader(ReaderLimits(**settings.reader.model_dump()))
