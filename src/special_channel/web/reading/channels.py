"""Reads the ways to people for their page."""

from __future__ import annotations

from collections.abc import Sequence

from special_channel.channels.probes import ChannelTestResult
from special_channel.core.bytes.errors import NotFound
from special_channel.web.pages.channels import ChannelLine, ChannelsPage
from special_channel.web.shell.context import PageContext


def channels(context: PageContext, tried: Sequence[ChannelTestResult] = ()) -> ChannelsPage:
    """List the channels, with what a test just brought.

    Raises:
        NotFound: `page-unknown` on a node without ways to people.
    """
    ways = context.own.ways
    if ways is None:
        raise NotFound("page-unknown", "There is no such page here.")
    results = {one.channel: one for one in tried}
    return ChannelsPage(
        tuple(_line(name, one.group, results.get(name)) for name, one in ways.channels.items())
    )


def _line(name: str, group: bool, tried: ChannelTestResult | None) -> ChannelLine:  # noqa: FBT001 - a field
    if tried is None:
        return ChannelLine(name, group)
    facts = tuple(tried.facts.items())
    return ChannelLine(name, group, tried.outcome, tried.said, tried.code, facts)
