"""Trying the ways to people over HTTP. Does not send alerts of due times: `escalation` does."""

from __future__ import annotations

from typing import Annotated, Literal

from aiohttp import web
from pydantic import Field

from special_channel.channels.probes import ChannelTestResult
from special_channel.core.bytes.errors import NotAllowed, NotFound
from special_channel.messages.catalogue import Lang
from special_channel.ports.people import Official
from special_channel.web.http.operation import Body, Operation, operation
from special_channel.web.http.services import Services, services
from special_channel.web.http.sessions import Visitor, language, visitor
from special_channel.web.shell.menu import TRIERS


class Trial(Body):
    """Which channels to try, all if none is named; to whom, oneself if nobody is."""

    channels: Annotated[tuple[str, ...], Field(max_length=50)] = ()
    to: Annotated[str, Field(max_length=254)] = ""


class Result(Body):
    """What became of one test. `said`: the other end's own words; `code`: the error's."""

    channel: str
    outcome: Literal["sent", "later", "refused"]
    said: str
    code: str = ""


class Results(Body):
    """What became of all tests, in the order of the channels."""

    results: tuple[Result, ...]


@operation(Operation("Send a test through the alert channels", request=Trial, response=Results))
async def post_test(request: web.Request, asked: Trial) -> Results:
    """Try channels, and say what each said."""
    who = await visitor(request, *TRIERS)
    tried = await attempt(request, who, asked.channels, asked.to)
    return Results(
        results=tuple(
            Result(channel=one.channel, outcome=one.outcome, said=one.said, code=one.code)
            for one in tried
        )
    )


async def attempt(
    request: web.Request, who: Visitor, names: tuple[str, ...], to: str = ""
) -> tuple[ChannelTestResult, ...]:
    """Try channels with a letter to the visitor, or to an address of the own directory.

    Raises:
        NotAllowed: `recipient-unknown`.
        NotFound: `channel-unknown`, `page-unknown` on a node without ways to people.
        Unavailable: `alert-channels-dead`.
    """
    own = services(request)
    if own.ways is None:
        raise NotFound("page-unknown", "There is no such page here.")
    address, lang = await _recipient(own, who, to, language(request))
    return await own.ways.test(address, lang, names)


async def _recipient(own: Services, who: Visitor, to: str, lang: Lang) -> tuple[str, Lang]:
    if not to:
        official = who.official or await own.officials.of_key(who.key)
        # A group is reached all the same; mail says that it has no address.
        return (official.email, official.language) if official else ("", lang)
    known = next((one for one in await own.officials.all() if _same(one, to)), None)
    if known is None:
        raise NotAllowed("recipient-unknown", "That is nobody's address in the own directory.")
    return known.email, known.language


def _same(official: Official, to: str) -> bool:
    return official.email.casefold() == to.strip().casefold()
