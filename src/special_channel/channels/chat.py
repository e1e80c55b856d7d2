"""Post to a group on Microsoft Teams or Mattermost by an incoming webhook.

Does not name the recipient: the whole group reads it. Does not retry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import orjson

from special_channel.channels.pacing import Pace, Rate
from special_channel.channels.posting import Answer, Poster, later, misconfigured, refused
from special_channel.ports import Clock, Delivered, Letter

MARK: Final = 16
"""Digits of the alert's id that a message shows: a repeat is known by them."""

TEAMS_BYTES: Final = 28 * 1024
"""Microsoft: a message to a Teams workflow or connector is at most 28 KB."""

TEAMS_RATES: Final = (Rate(4, 1.0),)
"""Microsoft: more than four requests a second are throttled."""

MATTERMOST_RUNES: Final = 16_383
"""Mattermost's `PostMessageMaxRunesV2`."""

BUTTONS: Final = 5
"""Actions that Teams shows side by side; the text has all links anyway."""

JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


def plain(letter: Letter) -> str:
    """Write a letter for a group, with the mark that shows a repeat."""
    return f"{letter.subject}\n{letter.text.rstrip()}\n#{letter.id[:MARK]}"


def cut(text: str, size: int, measure: Callable[[str], int]) -> str:
    """Shorten a text to a size by whole lines from its end; its last line, the mark, stays."""
    if measure(text) <= size:
        return text
    *lines, mark = text.split("\n")
    room, kept = size - measure(f"…\n{mark}"), list[str]()
    for line in lines:
        room -= measure(line) + 1
        if room < 0:
            break
        kept.append(line)
    return "\n".join([*kept, "…", mark])


def utf8(text: str) -> int:
    """Return how many bytes a text has."""
    return len(text.encode())


async def paced(pace: Pace) -> None:
    """Take a place under the service's limit.

    Raises:
        Unavailable: `channel-temporary` with `retry_after`.
    """
    wait = pace.take()
    if wait:
        raise later("own rate limit", 0, wait)


@dataclass(frozen=True, slots=True)
class GroupPost:
    """What posting to a group has in common: where to, how often, by which clock.

    `send` is each service's own.
    """

    poster: Poster
    pace: Pace
    clock: Clock

    @property
    def group(self) -> bool:
        """Tell that a message reaches a whole group."""
        return True

    async def reach(self) -> None:
        """Open a connection and send nothing."""
        await self.poster.reach()


@dataclass(frozen=True, slots=True)
class TeamsMail(GroupPost):
    """Port `Channel` over a Teams workflow ("when a Teams webhook request is received").

    202 says that the workflow has the message; whether it posted it, its run history says.
    """

    async def send(self, letter: Letter) -> Delivered:
        """Post a letter as an Adaptive Card; see `ports.Mail`."""
        body = orjson.dumps(card(letter))
        if len(body) > TEAMS_BYTES:
            raise refused(f"{len(body)} > {TEAMS_BYTES}", 0)
        await paced(self.pace)
        answer = await self.poster.post(body, JSON, self.clock.now())
        if not answer.ok:
            raise answer.failure()
        if not _teams_took(answer):
            raise misconfigured(answer.line, answer.status)
        return Delivered(letter.id, answer.line)


def _teams_took(answer: Answer) -> bool:
    # A connector answers 200 also for what it did not deliver, and a sign-in page is 200, too.
    return answer.status == 202 or answer.body.strip() in {b"", b"1"}  # noqa: PLR2004 - accepted


def card(letter: Letter) -> dict[str, Any]:
    """Write a letter as a message with one Adaptive Card 1.4."""
    lines = [line for line in letter.text.split("\n") if line.strip()]
    blocks: list[dict[str, Any]] = [
        {"type": "TextBlock", "text": letter.subject, "weight": "Bolder", "wrap": True},
        *({"type": "TextBlock", "text": line, "wrap": True} for line in lines),
        {
            "type": "TextBlock",
            "text": f"#{letter.id[:MARK]}",
            "isSubtle": True,
            "size": "Small",
        },
    ]
    actions = [
        {"type": "Action.OpenUrl", "title": one.number, "url": one.url}
        for one in letter.matters[:BUTTONS]
    ]
    content = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "lang": letter.lang,
        "fallbackText": letter.subject,
        "body": blocks,
        "actions": actions,
    }
    return {
        "type": "message",
        "attachments": [
            {
                "contentType": "application/vnd.microsoft.card.adaptive",
                "contentUrl": None,
                "content": content,
            }
        ],
    }


@dataclass(frozen=True, slots=True)
class MattermostMail(GroupPost):
    """Port `Channel` over a Mattermost incoming webhook."""

    async def send(self, letter: Letter) -> Delivered:
        """Post a letter; see `ports.Mail`. Mattermost says `ok` for what it took."""
        await paced(self.pace)
        text = cut(plain(letter), MATTERMOST_RUNES, len)
        answer = await self.poster.post(orjson.dumps({"text": text}), JSON, self.clock.now())
        if not answer.ok:
            raise answer.failure()
        if answer.body.strip() != b"ok":
            raise misconfigured(answer.line, answer.status)
        return Delivered(letter.id, answer.line)
