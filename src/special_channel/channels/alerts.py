"""Write alerts about due times: a number, a state, a date, a link, doubt about a note's keys.

An `Alert` has no field for case content, so an alert never contains any. The thread's title comes
beside, if our side allows titles, and never in a subject: a locked screen shows subjects. Does not
choose recipients or times, and never mentions the other side's people.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Final, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from special_channel.channels.mails import MailFact, MailLink, MailPage
from special_channel.core.bytes import canonical
from special_channel.core.bytes.ids import Party, Position, peer_of
from special_channel.core.rules.doubt import EntryDoubt
from special_channel.core.time.calendars import Words
from special_channel.messages import silence
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.messages.dates import as_of, day, whole_day
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

UNCONFIRMED: Final[frozenset[State]] = frozenset({"unconfirmed", "link-down", "behind-gap"})
"""States that the record calls unconfirmed; alerts alone name the cause."""

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
        next_title: Office that the next step on our ladder alerts; None without such a step.
        next_at: Time of that step.
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
    next_title: Words | None = None
    next_at: datetime | None = None

    @property
    def number(self) -> str:
        """Registration number of the note, and the question's number: `EU-877 Q1`."""
        return f"{self.position} Q{self.question}"

    @property
    def ours(self) -> bool:
        """Whether our side must answer."""
        return self.state in {"answering", "warning"}

    def words(self, key: str) -> str:
        """Return the question in words.

        Args:
            key: `mail.number` in a subject, `mail.number-row` in a list, `mail.number-in` in a
                sentence.
        """
        facts = {"position": str(self.position), "q": self.question}
        return catalogue(self.lang).gettext(key, **facts)


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
        url: Base URL of our node's pages, without a slash at the end.
    """

    own: Party
    zones: Mapping[Party, ZoneInfo]
    url: str = ""

    def letter(self, alert: Alert, title: str = "") -> Letter:
        """Write one alert as a letter in its recipient's language.

        `title`: the thread's title, where our side lets mails show it.
        """
        words, warns = catalogue(alert.lang), alert.state in AHEAD
        turn = alert.state if alert.ours else "theirs"
        head = words.gettext(
            f"mail.head.{turn}",
            number=alert.words("mail.number-in"),
            side=words.label("side", peer_of(self.own)),
        )
        why = "desk" if warns else "step"
        page = MailPage(
            lang=alert.lang,
            subject=self._subject(alert),
            head=head,
            lead=self._lead(alert),
            links=_links(alert, takes_over=bool(alert.page) and not warns),
            facts=(*title_facts(title, words), *self._facts(alert)),
            notes=self._notes(alert),
            why=words.gettext(f"mail.why.{why}", step=alert.step, title=_title(alert.title, alert)),
            change=self.change(alert.lang),
        )
        return Letter(
            id=alert.id,
            to=alert.to,
            subject=page.subject,
            text=page.text,
            html=page.html,
            lang=alert.lang,
            at=alert.at,
            in_reply_to=alert.first,
            matters=(matter_of(alert),),
        )

    def test_letter(self, id_: str, to: str, lang: Lang, at: datetime) -> Letter:
        """Write a letter that only tests a channel to a person."""
        words = catalogue(lang)
        page = MailPage(lang, words.gettext("mail.subject.test"), words.gettext("mail.body.test"))
        return Letter(id_, to, page.subject, page.text, page.html, lang, at)

    def _subject(self, alert: Alert) -> str:
        """Say what to do, until when in our capital's time, and about which question."""
        key = "unheard" if alert.state in UNCONFIRMED else alert.state
        formatted = self.when if alert.state == "warning" else self.as_of
        due = formatted(alert.due, alert.lang, alert.at)
        number = alert.words("mail.number")
        return catalogue(alert.lang).gettext(f"mail.subject.{key}", due=due, number=number)

    def change(self, lang: Lang) -> MailLink | None:
        """Return the link to the reader's alerts; None if the pages' address is unknown."""
        words = catalogue(lang).gettext("mail.change")
        return MailLink(words, f"{self.url}/alerts?show=mine") if self.url else None

    def _lead(self, alert: Alert) -> tuple[str, ...]:
        """Say what the reader can do, and what the records hold."""
        words = catalogue(alert.lang)
        turn = "theirs" if not alert.ours and alert.state not in AHEAD else alert.state
        can = words.gettext(f"mail.can.{turn}")
        if alert.state == "warning":
            return (can,)
        known = self.as_of(alert.known, alert.lang, alert.at) if alert.known else ""
        record = silence.letter(
            words,
            alert.state,
            Times(due=self.as_of(alert.due, alert.lang, alert.at), known=known),
            since=self.both(alert.link_down_since, alert.lang),
            gap=str(alert.gap or "–"),
        )
        return can, record

    def _facts(self, alert: Alert) -> tuple[MailFact, ...]:
        words = catalogue(alert.lang)
        name = "mail.fact.requested" if alert.state == "requested" else "mail.fact.due"
        due = MailFact(words.gettext(name), self._moments(alert.due, alert.lang))
        if alert.next_title is None or alert.next_at is None:
            return (due,)
        value = words.gettext(
            "mail.fact.next-value",
            title=_title(alert.next_title, alert),
            at=self.as_of(alert.next_at, alert.lang, alert.at),
        )
        return due, MailFact(words.gettext("mail.fact.next"), (value,))

    def _notes(self, alert: Alert) -> tuple[str, ...]:
        words, notes = catalogue(alert.lang), list[str]()
        if alert.doubt is not None:
            notes.append(_doubt_sentence(alert.doubt, alert, words))
        if alert.unmanned:
            notes.append(words.gettext("mail.body.unmanned"))
        if alert.at - alert.planned >= LATE:
            notes.append(
                words.gettext(
                    "mail.body.late",
                    due=self.both(alert.planned, alert.lang),
                    fired=self.both(alert.at, alert.lang),
                )
            )
        return tuple(notes)

    def both(self, instant: datetime | None, lang: Lang) -> str:
        """Format an instant in both capitals' time, ours first; a dash for None."""
        if instant is None:
            return "–"
        return ("，" if lang == "zh-CN" else ", ").join(self._moments(instant, lang))

    def _moments(self, instant: datetime, lang: Lang) -> tuple[str, ...]:
        # With the year, since letters are archived. The second date is omitted on the same day.
        words = catalogue(lang)
        ours, theirs = (instant.astimezone(self.zones[side]) for side in self._sides)
        dated = [
            _at(ours, lang),
            f"{theirs:%H:%M}" if theirs.date() == ours.date() else _at(theirs, lang),
        ]
        return tuple(
            words.gettext("mail.moment", at=at, place=words.label("capital", side))
            for at, side in zip(dated, self._sides, strict=True)
        )

    def as_of(self, instant: datetime, lang: Lang, now: datetime) -> str:
        """Format an instant in our capital's time, as in a sentence about a record."""
        zone = self.zones[self.own]
        return as_of(instant.astimezone(zone), lang, now.astimezone(zone).year)

    def when(self, instant: datetime, lang: Lang, now: datetime) -> str:
        """Format an instant in our capital's time, with the day of the week."""
        zone = self.zones[self.own]
        local = instant.astimezone(zone)
        if local.year != now.astimezone(zone).year:
            return _at(local, lang)
        return f"{day(local.date(), lang)}{_gap(lang)}{local:%H:%M}"

    def counted(self, count: str, due: Sequence[datetime], lang: Lang, now: datetime) -> str:
        """Add the earliest date to a count; without dates, return the count unchanged."""
        if not due:
            return count
        key = "mail.count.first" if due[1:] else "mail.count.only"
        return catalogue(lang).gettext(key, count=count, due=self.as_of(min(due), lang, now))

    @property
    def _sides(self) -> tuple[Party, Party]:
        return self.own, peer_of(self.own)


def title_facts(title: str, words: Catalogue) -> tuple[MailFact, ...]:
    """Return a thread's title as a fact of a mail; nothing without a title."""
    return (MailFact(words.gettext("notice.fact.title"), (title,)),) if title else ()


def titled(state: str, title: str) -> str:
    """Return the state of a row in a mail's table, with the thread's title if there is one."""
    return f"{state} · {title}" if title else state


def question_url(alert: Alert) -> str:
    """Return the address of the note with the question, in its part of the thread."""
    # A long thread is shown in parts: the anchor alone finds the note only with a script.
    sign = "&" if urlsplit(alert.url).query else "?"
    return f"{alert.url}{sign}at={alert.position}#{alert.position}"


def matter_of(alert: Alert) -> Matter:
    """Return the question that an alert is about, as fields."""
    doubt = alert.doubt.stated(alert.position.party) if alert.doubt else None
    name = alert.words("mail.number")
    return Matter(alert.number, alert.state, alert.due, alert.step, alert.url, doubt, name)


def _doubt_sentence(doubt: EntryDoubt, alert: Alert, words: Catalogue) -> str:
    side, since = alert.position.party, doubt.begin(alert.position.party)
    return words.gettext(
        f"mail.body.{doubt.word}",
        side=words.label("side", side),
        position=str(alert.position),
        since=str(since or ""),
    )


def _links(alert: Alert, *, takes_over: bool) -> tuple[MailLink, ...]:
    words = catalogue(alert.lang)
    thread = urlsplit(alert.url).path.rpartition("/")[2]
    opened = MailLink(words.gettext("mail.open", number=thread), question_url(alert))
    if not takes_over:
        return (opened,)
    return opened, MailLink(words.gettext("mail.take-over"), alert.page)


def _gap(lang: Lang) -> str:
    return " " if lang == "en" else ""


def _at(local: datetime, lang: Lang) -> str:
    return f"{whole_day(local.date(), lang)}{_gap(lang)}{local:%H:%M}"


def _title(title: Words, alert: Alert) -> str:
    return title.zh if alert.lang == "zh-CN" else title.en
