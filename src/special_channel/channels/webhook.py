"""Send signed webhooks to a system of our side: Standard Webhooks 1.0.0.

The format is in docs/formats/webhook.md. Does not retry: the outbox does, under the same id.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

import orjson

from special_channel.channels.posting import Poster, failure
from special_channel.channels.signatures import SigningKey, headers
from special_channel.core.bytes.times import timestamp
from special_channel.ports import Clock, Delivered, Letter
from special_channel.ports.mail import Matter

MAX_BYTES: Final = 20_000
"""Standard Webhooks 1.0.0, "Payload size": smaller than 20 kB."""


@dataclass(frozen=True, slots=True)
class WebhookMail:
    """Port `Channel` over signed webhooks."""

    poster: Poster
    keys: tuple[SigningKey, ...]
    clock: Clock

    group: ClassVar[bool] = False  # the receiver relays a letter to one person

    async def reach(self) -> None:
        """Open a connection and send nothing."""
        await self.poster.reach()

    async def send(self, letter: Letter) -> Delivered:
        """Post a letter; see `ports.Channel`. The receiver confirms a stored letter with 2xx."""
        body = body_of(letter)
        if len(body) > MAX_BYTES:
            raise failure("refused", f"{len(body)} > {MAX_BYTES}", 0)
        now = self.clock.now()
        signatures = headers(self.keys, letter.id, int(now.timestamp()), body)
        answer = await self.poster.post(
            body, {"Content-Type": "application/json", **signatures}, now
        )
        if not answer.ok:
            raise answer.failure()
        return Delivered(letter.id, answer.line)


def _type(letter: Letter) -> str:
    if letter.only_tries:
        return "alert.test"
    return "alert.notice" if letter.notice else "alert.due"


def body_of(letter: Letter) -> bytes:
    """Encode a letter as JSON; the same letter gives the same bytes."""
    return orjson.dumps(
        {
            "type": _type(letter),
            "timestamp": timestamp(letter.at),
            "data": {
                "to": letter.to,
                "lang": letter.lang,
                "subject": letter.subject,
                "text": letter.text,
                "thread": letter.in_reply_to or letter.id,
                "matters": [_matter(matter) for matter in letter.matters],
            },
        }
    )


def _matter(matter: Matter) -> dict[str, object]:
    stated: dict[str, object] = {
        "number": matter.number,
        "state": matter.state,
        "due": timestamp(matter.due),
        "step": matter.step,
        "url": matter.url,
    }
    return stated if matter.doubt is None else stated | {"doubt": matter.doubt}
