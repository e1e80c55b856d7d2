"""What the record says of a question, for the command line.

The words are those of the pages (`messages/silence.py`).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from special_channel.core.times import instant
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.silence import Standing, short


def state_of(item: dict[str, Any], own: str, lang: Lang, now: datetime) -> str:
    """Return the state of a question of the API in words, seen from our side."""
    provisional = bool(item["is_provisional"])
    requested = not item["agreed"]
    passed = not (provisional or requested) and instant(item["due"]) <= now
    standing = Standing(
        item["outcome"],
        item["asker"] != own,
        passed,
        requested=requested,
        provisional=provisional,
    )
    return short(catalogue(lang), standing)
