"""The form in which an official writes and signs: what it offers, and what is half written.

Does not build what is signed: the script does, and shows it before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from special_channel.web.shared.capitals import Due
from special_channel.web.shared.people import Author
from special_channel.web.shared.words import Words


@dataclass(frozen=True, slots=True)
class OpenAsk:
    """An ask that the composer can tick off."""

    entry_id: str
    q: str
    number: str
    text: Words
    due: Due


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """A reply rule of the charter, and the instant that it gives now.

    Attributes:
        title: What kind of question it is for, in the reader's language; may be empty.
        counts_from: The first date that counts, on the answering side.
        outside_hours: It would reach the answering side while its office is closed.
        seconds: Of a demonstration's rule, counted from signing; 0 of any other.
    """

    rule: str
    working_days: int
    due: Due
    title: str = ""
    counts_from: date | None = None
    outside_hours: bool = False
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft as kept on the server."""

    text: str = ""
    translation: str = ""
    subject: str = ""
    subject_translation: str = ""
    saved_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Composer:
    """The form in which an official writes and signs.

    Attributes:
        what: A note of a thread, or a new thread with its first note.
        key: Key id to sign with.
        draft_name: Thread id, or `new-<batch id>`.
        batch: Entry id of the batch, or `standing`; new threads only.
        next_url: Where to go after a new thread, with `{thread}` in it.
        ask: The first question as JSON, for the script; empty for none.
    """

    what: Literal["note", "thread"]
    key: str
    author: Author
    charter: str
    lang: str
    translation_lang: str
    draft_name: str
    draft: Draft = Draft()
    thread: str = ""
    batch: str = ""
    applications: tuple[str, ...] = ()
    calendar: str = ""
    asks_to_answer: tuple[OpenAsk, ...] = ()
    reply_rules: tuple[ReplyRule, ...] = ()
    markings: tuple[str, ...] = ()
    max_file_mib: int = 50
    next_url: str = "/threads/{thread}"
    ask: str = ""
