"""Write several alerts to one person as one letter: a table of numbers, dates and states.

Contains no case content, like alerts, but titles where our side allows them. Does not decide which
alerts are combined.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from hashlib import sha256
from types import MappingProxyType
from typing import Final

from special_channel.channels.alerts import Alert, Composer, matter_of, question_url, titled
from special_channel.channels.mails import MailGroup, MailLink, MailPage, MailRow
from special_channel.core.bytes.ids import Position, peer_of
from special_channel.messages import dates
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports import Letter

Titles = Mapping[Position, str]
"""Titles of threads that our side lets mails show, by the note with the question."""

NO_TITLES: Final[Titles] = MappingProxyType({})


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


def digest_letter(composer: Composer, digest: Digest, titles: Titles = NO_TITLES) -> Letter:
    """Write a digest as a letter: a table of our questions, then of theirs, earliest first."""
    words, alerts = catalogue(digest.lang), _questions(digest)
    ours = [alert.due for alert in alerts if alert.ours]
    side, comma = words.label("side", peer_of(composer.own)), words.gettext("mail.count.join")
    counts = [
        words.gettext(f"mail.count.{turn}", num=num, side=side)
        for turn, num in (("ours", len(ours)), ("theirs", len(alerts) - len(ours)))
        if num
    ]
    # Our questions are counted first; a list of the peer's questions alone gets no date.
    first = composer.counted(counts[0], ours, digest.lang, digest.at)
    day = dates.day(_local(composer, digest.at), digest.lang)
    # Some channels truncate long letters, so the link comes before the list.
    page = MailPage(
        lang=digest.lang,
        subject=comma.join([first, *counts[1:]]),
        head=words.gettext("mail.head.digest", day=day, counts=comma.join(counts)),
        lead=(words.gettext("mail.body.digest", num=len(digest.alerts)),),
        links=(MailLink(words.gettext("mail.open-alerts"), digest.page),),
        groups=_groups(composer, digest, alerts, titles),
        notes=(words.gettext("mail.body.own-time", place=words.label("capital", composer.own)),),
        why=words.gettext("mail.why.digest"),
        change=composer.change(digest.lang),
    )
    return Letter(
        id=digest.id,
        to=digest.to,
        subject=page.subject,
        text=page.text,
        html=page.html,
        lang=digest.lang,
        at=digest.at,
        matters=tuple(matter_of(alert) for alert in digest.alerts),
    )


def _questions(digest: Digest) -> list[Alert]:
    """Return one alert a question and date, the one of the highest step; earliest date first."""
    steps = sorted(digest.alerts, key=lambda one: one.step)
    latest = {(alert.number, alert.due): alert for alert in steps}
    return sorted(latest.values(), key=lambda one: (one.due, one.position.index, one.number))


def _groups(
    composer: Composer, digest: Digest, alerts: Sequence[Alert], titles: Titles
) -> tuple[MailGroup, ...]:
    words = catalogue(digest.lang)
    today = _local(composer, digest.at)
    sunday = today + timedelta(days=6 - today.weekday())
    rows: dict[str, list[MailRow]] = {name: [] for name in ("today", "week", "later", "theirs")}
    for alert in alerts:
        due = _local(composer, alert.due)
        when = "today" if due <= today else "week" if due <= sunday else "later"
        rows[when if alert.ours else "theirs"].append(
            _row(composer, alert, digest, titles.get(alert.position, ""))
        )
    side = words.label("side", peer_of(composer.own))
    return tuple(
        MailGroup(words.gettext(f"mail.group.{name}", side=side), tuple(listed))
        for name, listed in rows.items()
        if listed
    )


def _row(composer: Composer, alert: Alert, digest: Digest, title: str) -> MailRow:
    words = catalogue(digest.lang)
    state = words.gettext(f"mail.state.{alert.state}")
    if alert.doubt is not None:
        doubt = words.label("doubt", alert.doubt.word)
        state = words.gettext("mail.state.doubted", state=state, doubt=doubt)
    when = composer.when(alert.due, digest.lang, digest.at)
    return MailRow(alert.words("mail.number-row"), question_url(alert), when, titled(state, title))


def _local(composer: Composer, instant: datetime) -> date:
    return instant.astimezone(composer.zones[composer.own]).date()
