"""Alerts in words: a number, a state, a date, a link.

Holds no case content by construction: an `Alert` has no field that could. Does not
choose recipients or times, and says nothing of the other side's people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Final, Literal
from zoneinfo import ZoneInfo

from special_channel.core import canonical
from special_channel.core.calendars import Words
from special_channel.core.ids import Party, Position, peer_of
from special_channel.messages import silence
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.messages.dates import as_of, whole_day
from special_channel.messages.silence import Times
from special_channel.ports import Letter
from special_channel.ports.mail import Matter

State = Literal[
    "confirmed", "unconfirmed", "link-down", "behind-gap", "answering", "warning", "requested"
]
"""What is known at the due time. `confirmed`: the other side's signed head holds no answer;
`unconfirmed`: no such head yet; `link-down`: unconfirmed, and the link is away; `behind-gap`:
unconfirmed, and entries wait here for one that has not come whole (rule 18);
`answering`: ours is the side that is to answer; `warning`: so it is, and there is time left;
`requested`: our side alone chose the date, and it has come: nothing passes."""

AHEAD: Final[frozenset[State]] = frozenset({"warning", "requested"})
"""States of which no step of the ladder is told, so there is nothing to take over."""

LATE: Final = timedelta(minutes=1)
"""An alert made this long after its time says so. Healing from any outage of Redis alone
takes less."""


@dataclass(frozen=True, slots=True)
class Alert:
    """What one person is told once about one ask and step.

    Attributes:
        id: From `alert_id`.
        to: Mail address of one of our own people.
        lang: In which they read.
        position: Registration number of the note that asks.
        question: The ask's number in it, `1` for Q1.
        state: What is known.
        due: The due time in force.
        at: When this was made.
        planned: When the step should have been taken; with `at`, whether it is late.
        step: Number of the step on our ladder.
        title: Whom the step tells, by office.
        url: The thread on our own node.
        link_down_since: With state `link-down`.
        gap: With state `behind-gap`: the other side's entry that has not come whole.
        first: Id of the first alert about the ask and due, to thread mails.
        unmanned: Nobody on the ladder was there.
        page: The alert's own page on the own node, where the step is taken over.
        known: With state `unconfirmed`: up to when the other side's record is known, if it is.
    """

    id: str
    to: str
    lang: Lang
    position: Position
    question: str
    state: State
    due: datetime
    at: datetime
    planned: datetime
    step: int
    title: Words
    url: str
    link_down_since: datetime | None = None
    gap: Position | None = None
    first: str | None = None
    unmanned: bool = False
    page: str = ""
    known: datetime | None = None


def alert_id(ask: str, question: str, due: str, step: int, to: str, channel: str) -> str:
    """Return the alert's id: the same facts give the same id, on every attempt and restart."""
    facts = canonical.dumps(
        {"ask": ask, "q": question, "due": due, "step": step, "to": to, "channel": channel}
    )
    return sha256(b"special-channel/alert/v1\n" + facts).hexdigest()


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes letters for one side.

    Attributes:
        own: The side; its wall clock stands first.
        zones: Both sides' zones.
    """

    own: Party
    zones: Mapping[Party, ZoneInfo]

    def letter(self, alert: Alert) -> Letter:
        """Write one alert as a letter in its recipient's language."""
        words = catalogue(alert.lang)
        number = f"{alert.position} Q{alert.question}"
        lines = [
            silence.letter(
                words,
                alert.state,
                Times(
                    due=self._as_of(alert.due, alert),
                    known=self._as_of(alert.known, alert) if alert.known else "",
                ),
                number=number,
                since=self.both(alert.link_down_since, alert.lang),
                gap=str(alert.gap or "–"),
            ),
            words.gettext(
                "mail.body.requested-by" if alert.state == "requested" else "mail.body.due",
                due=self.both(alert.due, alert.lang),
            ),
        ]
        warns = alert.state in AHEAD
        if not warns:
            lines.append(words.gettext("mail.body.step", step=alert.step, title=_title(alert)))
        if alert.unmanned:
            lines.append(words.gettext("mail.body.unmanned"))
        if alert.at - alert.planned >= LATE:
            lines.append(
                words.gettext(
                    "mail.body.late",
                    due=self.both(alert.planned, alert.lang),
                    fired=self.both(alert.at, alert.lang),
                )
            )
        closing = words.gettext("mail.body.own-side")
        links = [words.gettext("mail.body.link", url=alert.url)]
        if alert.page and not warns:
            links.append(words.gettext("mail.body.acknowledge", url=alert.page))
        subject = words.gettext(
            f"mail.subject.{alert.state}" if warns else "mail.subject", number=number
        )
        return Letter(
            id=alert.id,
            to=alert.to,
            subject=subject,
            text="\n".join([*lines, "", *links, "", closing, ""]),
            html=html_of(alert.lang, subject, [*lines, *links, closing], alert.url, alert.page),
            lang=alert.lang,
            at=alert.at,
            in_reply_to=alert.first,
            matters=(Matter(number, alert.state, alert.due, alert.step, alert.url),),
        )

    def test_letter(self, id_: str, to: str, lang: Lang, at: datetime) -> Letter:
        """Write a letter that only tries the way to a person."""
        words = catalogue(lang)
        subject, body = words.gettext("mail.subject.test"), words.gettext("mail.body.test")
        page = html_of(lang, subject, [body])
        return Letter(id_, to, subject, f"{body}\n", page, lang, at)

    def both(self, instant: datetime | None, lang: Lang) -> str:
        """Write an instant as both capitals have it, the own one first; a dash for none.

        With the year, since letters are kept. The second date is left out on the same day.
        """
        if instant is None:
            return "–"
        words = catalogue(lang)
        own, other = (instant.astimezone(self.zones[side]) for side in self._sides)
        dated = [
            _at(own, lang),
            f"{other:%H:%M}" if other.date() == own.date() else _at(other, lang),
        ]
        said = [
            words.gettext("mail.moment", at=at, place=words.label("capital", side))
            for at, side in zip(dated, self._sides, strict=True)
        ]
        return ("，" if lang == "zh-CN" else ", ").join(said)

    def _as_of(self, instant: datetime, alert: Alert) -> str:
        """Write an instant in our own capital, as a sentence about a record says it."""
        local = instant.astimezone(self.zones[self.own])
        return as_of(local, alert.lang, alert.at.astimezone(self.zones[self.own]).year)

    @property
    def _sides(self) -> tuple[Party, Party]:
        return self.own, peer_of(self.own)


def _at(local: datetime, lang: Lang) -> str:
    gap = " " if lang == "en" else ""
    return f"{whole_day(local.date(), lang)}{gap}{local:%H:%M}"


def _title(alert: Alert) -> str:
    return alert.title.zh if alert.lang == "zh-CN" else alert.title.en


def html_of(lang: Lang, subject: str, lines: list[str], *urls: str) -> str:
    """Write plain paragraphs; the addresses are the only links and nothing is fetched."""
    shown = [escape(line) for line in lines]
    for url in filter(None, urls):
        address = escape(url)
        shown = [line.replace(address, f'<a href="{address}">{address}</a>') for line in shown]
    body = "\n".join(f"<p>{line}</p>" for line in shown)
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>\n<body>\n{body}\n</body></html>\n"
    )
