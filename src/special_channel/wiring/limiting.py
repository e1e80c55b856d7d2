"""What clients may ask of the web, and what they may leave behind, from the settings."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import TYPE_CHECKING

from special_channel.config import Settings
from special_channel.desk.file_keeper import FileKeeper
from special_channel.desk.reader import Reader, ReaderLimits
from special_channel.stores.drafts import DraftQuota
from special_channel.stores.files import PostgresFiles
from special_channel.stores.uploads import PostgresUploads
from special_channel.web.connections import Timeouts
from special_channel.web.gate import Proxies
from special_channel.web.services import Limits

if TYPE_CHECKING:
    from special_channel.wiring.node import Core


def limits(settings: Settings) -> Limits:
    """Return the limits of one client."""
    given = settings.limits
    return Limits(
        request_bytes=given.request_bytes,
        file_bytes=given.file_bytes,
        form_fields=given.form_fields,
        requests_per_minute=given.requests_per_minute,
        address_requests_per_minute=given.address_requests_per_minute,
        body_seconds=given.body_seconds,
        body_bytes_per_second=given.body_bytes_per_second,
        unnamed_file_bytes_per_person=given.unnamed_file_bytes_per_person,
        unnamed_file_days=given.unnamed_file_days,
        streams_per_person=given.streams_per_person,
    )


def draft_quota(settings: Settings) -> DraftQuota:
    """Return how many drafts one person may have."""
    return DraftQuota(settings.limits.drafts_per_person, settings.limits.draft_bytes_per_person)


def waiting_quota(settings: Settings) -> DraftQuota:
    """Return how many signed drafts of one person may wait for release."""
    given = settings.limits
    return DraftQuota(given.waiting_drafts_per_person, given.waiting_draft_bytes_per_person)


def file_keeper(core: Core) -> FileKeeper:
    """Make what deletes files that nothing names, unless the logs may lack what names them."""
    pool, age = core.record.pool, timedelta(days=core.settings.limits.unnamed_file_days)

    def holds() -> bool:
        return bool(core.reason()) or core.guards.private.behind is not None

    return FileKeeper(PostgresFiles(pool), PostgresUploads(pool), age, holds, asyncio.sleep)


def timeouts(settings: Settings) -> Timeouts:
    """Return the time-outs of a connection."""
    return Timeouts(settings.limits.header_seconds, settings.limits.idle_seconds)


def proxies(settings: Settings) -> Proxies:
    """Return the proxies that may name a client's address."""
    return Proxies(settings.proxy.header, settings.proxy.trusted)


def reader(settings: Settings) -> Reader:
    """Make the reader of officials' files."""
    return Reader(ReaderLimits(**settings.reader.model_dump()))
