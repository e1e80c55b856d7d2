"""Write letters about undelivered entries: count, start and direction, and the end of the outage.

States facts and no causes. Contains no case content, like alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.channels.alerts import Composer, html_of
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports import Letter

OWN: Final = "undelivered"
"""Code of the alarm about our side's entries; the other code is about the peer's."""


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person about undelivered entries.

    Attributes:
        id: The letter's id.
        to: Mail address of one of our own people.
        lang: The recipient's language.
        at: Time of creation.
        code: Code of the alarm: `undelivered` or `peer-undelivered`.
        since: Time of acceptance of the oldest entry.
        url: The page about the link, on our own node.
        entries: Number of undelivered entries; 0 if only the other side's node knows the number.
        over: Whether delivery is recorded again.
        first: Id of the first letter about the outage, for threading mails.
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
    key = f"{notice.code}-over" if notice.over else notice.code
    since, at = composer.both(notice.since, lang), composer.both(notice.at, lang)
    subject = words.gettext(f"mail.subject.{key}")
    plural = "-one" if key == OWN and notice.entries == 1 else ""
    lines = [words.gettext(f"mail.body.{key}{plural}", since=since, at=at, num=notice.entries)]
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
