"""Write alerts about due times: a number, a state, a date, a link, doubt about a note's keys.

An `Alert` has no field for case content, so an alert never contains any. Does not choose
recipients or times, and never mentions the other side's people.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from html import escape
from typing import Final, Literal
from zoneinfo import ZoneInfo

from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.rules.doubt import EntryDoubt
from special_channel.core.time.calendars import Words
from special_channel.messages import silence
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import as_of, whole_day
from special_channel.messages.silence import Times
from special_channel.ports import Letter
from special_channel.ports.mail import Matter

State = Literal[
    "confirmed", "unconfirmed", "link-down", "behind-gap", "answering", "warning", "requested"
]
"""Knowledge of this node at the due time.

* `confirmed`: the other side's signed head contains no answer.
* `unconfirmed`: no signed head that late yet.
* `link-down`: unconfirmed while the link is down.
* `behind-gap`: unconfirmed while received entries wait for an incomplete one (rule 18).
* `answering`: our side must answer.
* `warning`: our side must answer, before the due time.
* `requested`: the date was chosen by our side alone and has come; no due time passes.
"""

AHEAD: Final[frozenset[State]] = frozenset({"warning", "requested"})
"""States outside the ladder's steps; such alerts cannot be taken over."""

LATE: Final = timedelta(minutes=1)
"""Delay after which an alert mentions its planned time.

Recovery from an outage of Redis alone takes less.
"""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert to one person about one question and step.

    Attributes:
        id: From `alert_id`.
        to: Mail address of one of our own people.
        lang: The recipient's language.
        position: Registration number of the note with the question.
        question: The question's number in the note, `1` for Q1.
        state: Knowledge of this node.
        due: The due time in force.
        at: Time of creation.
        planned: Planned time of the step; compared with `at` for lateness.
        step: Number of the step on our ladder.
        title: Office of the step's recipients.
        url: The thread on our own node.
        link_down_since: With state `link-down`.
        gap: With state `behind-gap`: the other side's incomplete entry.
        first: Id of the first alert about the question and due time, for threading mails.
        unmanned: Whether nobody on the ladder was available.
        page: The alert's page on our node, for taking over the step.
        known: With state `unconfirmed`: time up to which the other side's record is known, or None.
        doubt: Doubt about the note when the alert was made, disputed or disowned; else None.
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
    doubt: EntryDoubt | None = None

    @property
    def number(self) -> str:
        """Registration number of the note, and the question's number: `EU-877 Q1`."""
        return f"{self.position} Q{self.question}"


def alert_id(ask: str, question: str, due: str, step: int, to: str, channel: str) -> str:
    """Return the alert's id: equal facts give the same id, on every attempt and restart."""
    facts = canonical.dumps(
        {"ask": ask, "q": question, "due": due, "step": step, "to": to, "channel": channel}
    )
    return sha256(b"special-channel/alert/v1\n" + facts).hexdigest()


@dataclass(frozen=True, slots=True)
class Composer:
    """Writes letters for one side.

    Attributes:
        own: The side; its local time comes first.
        zones: Both sides' zones.
    """

    own: Party
    zones: Mapping[Party, ZoneInfo]

    def letter(self, alert: Alert) -> Letter:
        """Write one alert as a letter in its recipient's language."""
        words, number = catalogue(alert.lang), alert.number
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
        if alert.doubt is not None:
            lines.append(_doubt_sentence(alert.doubt, alert, words))
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
            matters=(matter_of(alert),),
        )

    def test_letter(self, id_: str, to: str, lang: Lang, at: datetime) -> Letter:
        """Write a letter that only tests a channel to a person."""
        words = catalogue(lang)
        subject, body = words.gettext("mail.subject.test"), words.gettext("mail.body.test")
        page = html_of(lang, subject, [body])
        return Letter(id_, to, subject, f"{body}\n", page, lang, at)

    def both(self, instant: datetime | None, lang: Lang) -> str:
        """Format an instant in both capitals' time, ours first; a dash for None."""
        if instant is None:
            return "–"
        # With the year, since letters are archived. The second date is omitted on the same day.
        words = catalogue(lang)
        ours, theirs = (instant.astimezone(self.zones[side]) for side in self._sides)
        dated = [
            _at(ours, lang),
            f"{theirs:%H:%M}" if theirs.date() == ours.date() else _at(theirs, lang),
        ]
        moments = [
            words.gettext("mail.moment", at=at, place=words.label("capital", side))
            for at, side in zip(dated, self._sides, strict=True)
        ]
        return ("，" if lang == "zh-CN" else ", ").join(moments)

    def _as_of(self, instant: datetime, alert: Alert) -> str:
        """Format an instant in our capital's time, as in a sentence about a record."""
        local = instant.astimezone(self.zones[self.own])
        return as_of(local, alert.lang, alert.at.astimezone(self.zones[self.own]).year)

    @property
    def _sides(self) -> tuple[Party, Party]:
        return self.own, peer_of(self.own)


def matter_of(alert: Alert) -> Matter:
    """Return the question that an alert is about, as fields."""
    doubt = alert.doubt.stated(alert.position.party) if alert.doubt else None
    return Matter(alert.number, alert.state, alert.due, alert.step, alert.url, doubt)


def _doubt_sentence(doubt: EntryDoubt, alert: Alert, words: Catalogue) -> str:
    side, since = alert.position.party, doubt.begin(alert.position.party)
    return words.gettext(
        f"mail.body.{doubt.word}",
        side=words.label("side", side),
        position=str(alert.position),
        since=str(since or ""),
    )


def _at(local: datetime, lang: Lang) -> str:
    gap = " " if lang == "en" else ""
    return f"{whole_day(local.date(), lang)}{gap}{local:%H:%M}"


def _title(alert: Alert) -> str:
    return alert.title.zh if alert.lang == "zh-CN" else alert.title.en


def html_of(lang: Lang, subject: str, lines: list[str], *urls: str) -> str:
    """Write plain HTML shown; the given URLs are the only links, and nothing is fetched."""
    return html_page(lang, subject, "\n".join(f"<p>{linked(line, *urls)}</p>" for line in lines))


def linked(line: str, *urls: str) -> str:
    """Escape a line, and make links of the given URLs in it."""
    shown = escape(line)
    for address in map(escape, filter(None, urls)):
        shown = shown.replace(address, f'<a href="{address}">{address}</a>')
    return shown


def html_page(lang: Lang, subject: str, body: str) -> str:
    """Return an HTML document without a reference to anything."""
    return (
        f'<!doctype html>\n<html lang="{lang}"><head><meta charset="utf-8">'
        f"<title>{escape(subject)}</title></head>\n<body>\n{body}\n</body></html>\n"
    )
