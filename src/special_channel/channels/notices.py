"""Letters about undelivered entries: how many, since when, which way; and that it is over.

Say what is known and not why. Hold no case content by construction, as alerts don't.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.channels.alerts import Composer, html_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports import Letter

OWN: Final = "undelivered"
"""Code of the alarm about entries of our own side; the other one is about the peer's."""


@dataclass(frozen=True, slots=True)
class Notice:
    """What one person is told about undelivered entries.

    Attributes:
        id: The letter's.
        to: Mail address of one of our own people.
        lang: The recipient's language.
        at: When this was made.
        code: Of the alarm: `undelivered` or `peer-undelivered`.
        since: When the oldest entry was accepted.
        url: The page about the link, on our own node.
        entries: How many are undelivered; 0 where the other side's node alone knows.
        over: Whether delivery is recorded again.
        first: Id of the letter that said that it began, to thread mails.
    """

    id: str
    to: str
    lang: Lang
    at: datetime
    code: str
    since: datetime
    url: str
    entries: int = 0
    over: bool = False
    first: str | None = None


def notice_letter(composer: Composer, notice: Notice) -> Letter:
    """Write a notice as a letter in its recipient's language."""
    words, lang = catalogue(notice.lang), notice.lang
    way = f"{notice.code}-over" if notice.over else notice.code
    since, at = composer.both(notice.since, lang), composer.both(notice.at, lang)
    subject = words.gettext(f"mail.subject.{way}")
    one = "-one" if way == OWN and notice.entries == 1 else ""
    lines = [words.gettext(f"mail.body.{way}{one}", since=since, at=at, num=notice.entries)]
    if not notice.over:
        lines.append(words.gettext("mail.body.undelivered-cause"))
    link = words.gettext("mail.body.link", url=notice.url)
    closing = words.gettext("mail.body.notice-own-side")
    return Letter(
        id=notice.id,
        to=notice.to,
        subject=subject,
        text="\n".join([*lines, "", link, "", closing, ""]),
        html=html_of(lang, subject, [*lines, link, closing], notice.url),
        lang=lang,
        at=notice.at,
        in_reply_to=notice.first,
        notice=True,
    )
