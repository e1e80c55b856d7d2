"""Post to a group on Microsoft Teams or Mattermost by an incoming webhook.

Does not name the recipient, since the whole group reads the message. Does not retry.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Final

import orjson

from special_channel.channels.posting import HttpResponse, Poster, failure
from special_channel.channels.rate_limits import RateLimit, RateLimiter
from special_channel.core.bytes.errors import NotAllowed, Unavailable
from special_channel.ports import Clock, Delivered, Letter
from special_channel.ports.mail import MARK

TEAMS_BYTES: Final = 28 * 1024
"""Microsoft: a message to a Teams workflow or connector is at most 28 KB."""

TEAMS_RATES: Final = (RateLimit(4, 1.0),)
"""Microsoft: more than four requests a second are throttled."""

MATTERMOST_RUNES: Final = 16_383
"""Mattermost's `PostMessageMaxRunesV2`."""

BUTTONS: Final = 5
"""Actions shown in a row by Teams; the text contains all links anyway."""

JSON: Final = {"Content-Type": "application/json; charset=utf-8"}


def plain(letter: Letter) -> str:
    """Write a letter for a group, with the mark that identifies repeats."""
    return f"{letter.subject}\n{letter.text.rstrip()}\n#{letter.id[:MARK]}"


def cut(text: str, size: int, measure: Callable[[str], int]) -> str:
    """Shorten a text to a size by dropping lines from its end; the last line, the mark, stays."""
    if measure(text) <= size:
        return text
    *lines, mark = text.split("\n")
    room, shortened = size - measure(f"…\n{mark}"), list[str]()
    for line in lines:
        room -= measure(line) + 1
        if room < 0:
            break
        shortened.append(line)
    return "\n".join([*shortened, "…", mark])


def utf8(text: str) -> int:
    """Return the length of a text in UTF-8 bytes."""
    return len(text.encode())


@dataclass(frozen=True, slots=True)
class GroupPost(ABC):
    """Base of channels to a group, by an address with a rate limit."""

    poster: Poster
    pace: RateLimiter
    clock: Clock

    group: ClassVar[bool] = True

    async def reach(self) -> None:
        """Open a connection and send nothing."""
        await self.poster.reach()

    async def send(self, letter: Letter) -> Delivered:
        """Post a letter; see `ports.Channel`."""
        now = self.clock.now()
        body, query = self._body(letter, now)
        wait = self.pace.take()
        if wait:
            raise failure("temporary", "own rate limit", 0, wait)
        answer = await self.poster.post(body, JSON, now, query)
        if error := self._error(answer):
            pause = error.facts.get("retry_after")
            if isinstance(pause, int):
                self.pace.block(pause)
            raise error
        return Delivered(letter.id, answer.line)

    @abstractmethod
    def _body(self, letter: Letter, now: datetime) -> tuple[bytes, str]:
        """Return the message, and a query appended to the address."""

    def _error(self, answer: HttpResponse) -> Unavailable | NotAllowed | None:
        """Return the error in a response, or None if the service confirms success."""
        if not answer.ok:
            return answer.failure()
        return None if self._took(answer) else failure("misconfigured", answer.line, answer.status)

    def _took(self, answer: HttpResponse) -> bool:
        """Tell whether a response with a status of success confirms the message."""
        del answer
        return False


class TeamsMail(GroupPost):
    """Port `Channel` over a Teams workflow ("when a Teams webhook request is received").

    A letter becomes an Adaptive Card. Status 202 confirms that the workflow received the message;
    the workflow's run history shows whether the message was posted.
    """

    def _body(self, letter: Letter, now: datetime) -> tuple[bytes, str]:
        del now
        body = orjson.dumps(card(letter))
        if len(body) > TEAMS_BYTES:
            raise failure("refused", f"{len(body)} > {TEAMS_BYTES}", 0)
        return body, ""

    def _took(self, answer: HttpResponse) -> bool:
        # A connector also answers 200 for undelivered messages, and a sign-in page is 200, too.
        return answer.status == 202 or answer.body.strip() in {b"", b"1"}  # noqa: PLR2004 - accepted


class MattermostMail(GroupPost):
    """Port `Channel` over a Mattermost incoming webhook, which confirms with the body `ok`."""

    def _body(self, letter: Letter, now: datetime) -> tuple[bytes, str]:
        del now
        return orjson.dumps({"text": cut(plain(letter), MATTERMOST_RUNES, len)}), ""

    def _took(self, answer: HttpResponse) -> bool:
        return answer.body.strip() == b"ok"


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
        {"type": "Action.OpenUrl", "title": matter.name or matter.number, "url": matter.url}
        for matter in letter.matters[:BUTTONS]
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
