"""State of a question, in the words of the pages (`messages/silence.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Final

from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import instant
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import as_of
from special_channel.messages.silence import QuestionStatus, line
from special_channel.web.shared.capitals import local

_FACTS: Final = (
    "type", "number", "note", "q", "asker", "index", "thread", "accepted", "rule", "outcome",
    "history", "known_up_to",
)  # fmt: skip


def question(item: dict[str, Any]) -> dict[str, Any]:
    """Return a question of the API as the commands print it, with the due time as text."""
    # The node's texts are left out: nothing has checked them.
    due, facts = item["due"], {name: item[name] for name in _FACTS if name in item}
    return facts | {
        "due": due["at"],
        "agreed": not due["requested"],
        "is_provisional": due["provisional"],
    }


def state_of(item: dict[str, Any], own: Party, lang: Lang, now: datetime) -> str:
    """Return the state of a `question` in words, seen from our side."""
    provisional = bool(item["is_provisional"])
    requested = not item["agreed"]
    passed = not (provisional or requested) and instant(item["due"]) <= now
    standing = QuestionStatus(
        item["outcome"], item["asker"] != own, passed, requested=requested, provisional=provisional
    )
    known = item.get("known_up_to")
    up_to = as_of(local(instant(known), own), lang, local(now, own).year) if known else ""
    return line(catalogue(lang), standing, up_to)
