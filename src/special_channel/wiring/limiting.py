"""What clients may ask of the web, from the settings."""

from __future__ import annotations

from special_channel.config import Settings
from special_channel.desk.reader import Reader, ReaderLimits
from special_channel.stores.drafts import DraftQuota
from special_channel.web.connections import Timeouts
from special_channel.web.gate import Proxies
from special_channel.web.services import Limits


def limits(settings: Settings) -> Limits:
    """Return the limits of one client."""
    given = settings.limits
    return Limits(
        request_bytes=given.request_bytes,
        file_bytes=given.file_bytes,
        requests_per_minute=given.requests_per_minute,
        address_requests_per_minute=given.address_requests_per_minute,
        body_seconds=given.body_seconds,
        body_bytes_per_second=given.body_bytes_per_second,
        unnamed_file_bytes_per_person=given.unnamed_file_bytes_per_person,
        streams_per_person=given.streams_per_person,
    )


def draft_quota(settings: Settings) -> DraftQuota:
    """Return how many drafts one person may have."""
    return DraftQuota(settings.limits.drafts_per_person, settings.limits.draft_bytes_per_person)


def timeouts(settings: Settings) -> Timeouts:
    """Return the time-outs of a connection."""
    return Timeouts(settings.limits.header_seconds, settings.limits.idle_seconds)


def proxies(settings: Settings) -> Proxies:
    """Return the proxies that may name a client's address."""
    return Proxies(settings.proxy.header, settings.proxy.trusted)


def reader(settings: Settings) -> Reader:
    """Make the reader of officials' files."""
    return Reader(ReaderLimits(**settings.reader.model_dump()))
