"""The labels of a live entry: what its words do not say themselves, in the reader's language.

Holds none of the entry's words: the script takes those from the bytes that it checked.
"""

from __future__ import annotations

from collections.abc import Iterable

from special_channel.messages.catalogue import catalogue
from special_channel.web import capitals
from special_channel.web.pages.frame import Author, Frame
from special_channel.web.pages.thread import Ask, Entry, Event, Item


def entry_fields(item: Item, frame: Frame) -> dict[str, str]:
    """Return the slots of `tpl-entry` or `tpl-event`, as plain text."""
    t = catalogue(frame.lang)
    side, _, index = item.position.partition("-")
    fields = {
        "position": item.position,
        "seal_party": side,
        "seal": index,
        "side": "EU 欧方" if item.party == "eu" else "CN 中方",
        "when_own": capitals.moment(item.accepted, frame.party, frame.lang, frame.now),
        "when_peer": capitals.moment(item.accepted, frame.other, frame.lang, frame.now),
    }
    if item.author:
        fields["title"], fields["role"] = _author(item.author, frame)
    if isinstance(item, Entry) and item.acknowledgeable:
        words = t.gettext("Acknowledge receipt of %(position)s", position=item.position)
        if "note.acknowledged" in frame.held:
            after = "（{}）" if frame.lang == "zh-CN" else " ({})"
            words += after.format(t.gettext("send for release"))
        fields["acknowledge"] = words
        fields["receipt_only"] = t.gettext("Receipt only; no view on the content.")
    if isinstance(item, Event):
        who = t.label("side", item.party)
        fields["text"] = t.gettext(f"event.{item.kind}", **{"who": who, **dict(item.facts)})
    return fields


def ask_fields(asks: Iterable[Ask], frame: Frame) -> dict[str, dict[str, str]]:
    """Return the slots of each `tpl-ask`, by the question's number in its note."""
    return {
        ask.q: {
            "q": ask.number,
            "who": _who_answers(ask, frame),
            "due": capitals.both(ask.due.at, frame.party, frame.lang, frame.now),
        }
        for ask in asks
    }


def live_view(item: Item, frame: Frame) -> dict[str, object]:
    """Return the answer of `GET /api/entries/{id}/view`."""
    asks = item.asks if isinstance(item, Entry) else ()
    return {"fields": entry_fields(item, frame), "asks": ask_fields(asks, frame)}


def _author(author: Author, frame: Frame) -> tuple[str, str]:
    """Return name and desk on one's own side, desk and number on the other."""
    desk = author.desk.first(frame.lang).text
    if author.name:
        return author.name, desk
    return desk, f"{author.number} · {catalogue(frame.lang).label('role', author.role)}"


def _who_answers(ask: Ask, frame: Frame) -> str:
    t = catalogue(frame.lang)
    comma = "，" if frame.lang == "zh-CN" else ","
    if ask.due.answering == frame.party:
        return t.gettext("for us") + comma
    return t.gettext("for %(side)s", side=frame.peer.short.first(frame.lang).text) + comma
