"""Write several alerts to one person as one letter, each with number, date, link and id.

Contains no case content, like alerts. Does not decide which alerts are combined.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from html import escape

from special_channel.channels.alerts import Alert, Composer, html_page, linked, matter_of
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.ports import Letter


@dataclass(frozen=True, slots=True)
class Digest:
    """Several alerts combined for one person.

    Attributes:
        id: From `digest_id`.
        to: Mail address of one of our own people.
        lang: The recipient's language.
        at: Time of creation.
        page: The page with all alerts to the recipient, on our own node.
        alerts: The alerts, earliest due time first.
    """

    id: str
    to: str
    lang: Lang
    at: datetime
    page: str
    alerts: tuple[Alert, ...]


def digest_id(recipient: str, channel: str, ids: list[str]) -> str:
    """Return a digest's id: the same alerts on the same channel give the same id."""
    facts = "\n".join(["special-channel/digest/v1", recipient, channel, *sorted(ids)])
    return sha256(facts.encode()).hexdigest()


def digest_letter(composer: Composer, digest: Digest) -> Letter:
    """Write a digest as a letter, most important facts first."""
    words, count = catalogue(digest.lang), len(digest.alerts)
    subject = words.gettext("mail.subject.digest", num=count)
    opening = words.gettext("mail.body.digest", num=count)
    link = words.gettext("mail.body.link", url=digest.page)
    closing = words.gettext("mail.body.own-side")
    items = [_item(composer, alert, words) for alert in digest.alerts]
    # Some channels truncate long letters, so the link comes before the list.
    return Letter(
        id=digest.id,
        to=digest.to,
        subject=subject,
        text="\n".join([opening, link, "", *items, "", closing, ""]),
        html=_html(digest, subject, (opening, closing), items),
        lang=digest.lang,
        at=digest.at,
        matters=tuple(matter_of(alert) for alert in digest.alerts),
    )


def _item(composer: Composer, alert: Alert, words: Catalogue) -> str:
    state = words.gettext(f"mail.state.{alert.state}")
    due = composer.both(alert.due, alert.lang)
    told = [alert.number, state, due, alert.url, alert.id]
    if alert.doubt is not None:
        told.insert(1, words.label("doubt", alert.doubt.word))
    return " · ".join(told)


def _html(digest: Digest, subject: str, frame: tuple[str, str], items: list[str]) -> str:
    opening, closing = map(escape, frame)
    listed = "\n".join(
        f"<li>{linked(item, alert.url)}</li>"
        for item, alert in zip(items, digest.alerts, strict=True)
    )
    page = linked(digest.page, digest.page)
    body = f"<p>{opening}</p>\n<p>{page}</p>\n<ul>\n{listed}\n</ul>\n<p>{closing}</p>"
    return html_page(digest.lang, subject, body)
