"""Write letters about undelivered entries, and about acts on people of our own side.

States facts and no causes. Contains no case content and no names, like alerts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from special_channel.channels.alerts import Composer
from special_channel.channels.mails import MailLink, MailPage
from special_channel.messages.catalogue import Lang, catalogue
from special_channel.ports import Letter

OWN: Final = "undelivered"
"""Code of the alarm about our side's entries; the other code is about the peer's."""


PEOPLE: Final = "people"
"""Code of a notice about acts on people."""


@dataclass(frozen=True, slots=True)
class ActLine:
    """An act on people: what, when and by its entry; the person by number, a machine by role.

    `whole`: of a stop or restoration, whether it is about all keys of the person.
    """

    kind: str
    position: str
    at: datetime
    number: int = 0
    machine: str = ""
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Notice:
    """One message to one person about undelivered entries, or about acts on people.

    Attributes:
        id: The letter's id.
        to: Mail address of one of our own people.
        lang: The recipient's language.
        at: Time of creation.
        code: Code of the alarm, `undelivered` or `peer-undelivered`; or `people`.
        since: Time of acceptance of the oldest entry.
        url: The page about the link or about our people, on our own node.
        entries: Number of undelivered entries; 0 if only the other side's node knows the number.
        over: Whether delivery is recorded again.
        first: Id of the first letter about the outage, for threading mails.
        acts: The acts on people.
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
    acts: tuple[ActLine, ...] = ()


def notice_letter(composer: Composer, notice: Notice) -> Letter:
    """Write a notice as a letter in its recipient's language."""
    if notice.code == PEOPLE:
        return _people_letter(composer, notice)
    words, lang = catalogue(notice.lang), notice.lang
    key = f"{notice.code}-over" if notice.over else notice.code
    since, at = composer.both(notice.since, lang), composer.both(notice.at, lang)
    plural = "-one" if key == OWN and notice.entries == 1 else ""
    page = MailPage(
        lang=lang,
        subject=words.gettext(
            f"mail.subject.{key}", since=composer.as_of(notice.since, lang, notice.at)
        ),
        head=words.gettext(f"mail.body.{key}{plural}", since=since, at=at, num=notice.entries),
        lead=() if notice.over else (words.gettext("mail.body.undelivered-cause"),),
        links=(MailLink(words.gettext("mail.open-link"), notice.url),),
        why=words.gettext("mail.why.head"),
    )
    return _letter(notice, page)


def _people_letter(composer: Composer, notice: Notice) -> Letter:
    words, lang = catalogue(notice.lang), notice.lang
    acts = [_act(composer, act, lang) for act in notice.acts]
    page = MailPage(
        lang=lang,
        subject=words.gettext("mail.subject.people", num=len(acts)),
        head=words.gettext("mail.head.people"),
        lead=(*acts, words.gettext("mail.body.people-ask")),
        links=(MailLink(words.gettext("mail.open-people"), notice.url),),
        why=words.gettext("mail.why.people"),
    )
    return _letter(notice, page)


def _letter(notice: Notice, page: MailPage) -> Letter:
    return Letter(
        id=notice.id,
        to=notice.to,
        subject=page.subject,
        text=page.text,
        html=page.html,
        lang=notice.lang,
        at=notice.at,
        in_reply_to=notice.first,
        notice=True,
    )


def _act(composer: Composer, act: ActLine, lang: Lang) -> str:
    words = catalogue(lang)
    what = act.kind.replace(".", "-")
    if act.machine:
        what += "-machine"
    elif act.whole and act.kind in {"key.suspended", "key.restored"}:
        what += "-all"
    role = words.label("role", act.machine) if act.machine else ""
    at = composer.both(act.at, lang)
    return words.gettext(
        f"mail.act.{what}", position=act.position, at=at, number=act.number, machine=role
    )
