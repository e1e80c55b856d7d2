"""Write personal notices: the event in the subject; one letter for an event or for several.

Numbers, dates and states alone. A notice has no field for a text, a title, a company or an
application, so none can leave. Titles come beside, if the side allows titles, and never in a
subject: a locked screen shows subjects. `escalation` decides who is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Final, Literal

from pydantic import TypeAdapter

from special_channel.channels.alerts import Composer, title_facts, titled
from special_channel.channels.mails import MailFact, MailGroup, MailLink, MailPage, MailRow
from special_channel.channels.unit_mails import UnitDigest, UnitLetter, unit_page
from special_channel.core.bytes.ids import peer_of
from special_channel.core.rules.notifying import Event
from special_channel.messages import dates
from special_channel.messages.catalogue import Catalogue, Lang, catalogue
from special_channel.ports import Letter

GROUPS: Final[dict[str, str]] = {
    **dict.fromkeys(
        ("question", "requested", "coming", "coming-requested", "passed-ours"), "answer"
    ),
    **dict.fromkeys(("check", "consult"), "check"),
    **dict.fromkeys(("release", "sign"), "release"),
    **dict.fromkeys(("decide", "proposed"), "decide"),
    "sent_back": "sent_back",
    "assigned": "assigned",
}
"""Groups of a list of notices by variant, in order; all other variants are news."""

TIMED: Final = frozenset({"answer", "check", "release"})
"""Groups with deadlines: a list of notices names the first one of each."""

STEPS: Final = frozenset({"check", "consult", "sign"})
"""Variants of a sign-off step; the subject names the deadline of the step."""

FILES: Final = frozenset({"decide", "agreed"})
"""Events of quarantined files. The position is the entry with the file."""

DATED: Final = frozenset({"question", "proposed", "coming", "passed", "check", "release"})
"""Events whose letter names a date, if they have one."""

FACTS: Final = {
    "proposed": "notice.fact.proposed",
    **dict.fromkeys(("check", "consult", "sign"), "notice.fact.step"),
}
"""Names of dates that are not a question's, by variant."""

ORDER: Final = (*dict.fromkeys(GROUPS.values()), "news")


@dataclass(frozen=True, slots=True)
class PersonalNotice:
    """One event, told to one person.

    Attributes:
        event: What happened.
        at: When it happened.
        url: Path of the page where the reader can act, on our own node.
        reason: Why the reader is told.
        thread: Number of the thread, or empty.
        position: Number of the entry, or empty.
        asked: Number of the note with the question, or empty.
        question: The question's number in that note; empty for several.
        due: Date of the question, the earliest of several; or the proposed date; or when the
            sign-off route asks for the step.
        agreed: Whether the date can pass; else it is requested.
        ours: Whether our side must answer.
        moved: Whether the other side moved the date itself, instead of proposing one.
        draft: Kind of the draft.
        step: Word of the draft's step on its sign-off route: check, consult or release.
        list: Name of the draft's list, or empty.
        by: Name of the colleague who did it, or empty.
        absent: Name of the colleague for whom the reader stands in, or empty.
        until: Last day of that colleague's absence.
        unit: What the desks hold, for a head of unit.
        over: Whether more than a licence's quantity is stated as used, not just much of it.
    """

    event: Event
    at: datetime
    url: str
    reason: str
    thread: str = ""
    position: str = ""
    asked: str = ""
    question: str = ""
    due: datetime | None = None
    agreed: bool = True
    ours: bool = False
    moved: bool = False
    draft: str = ""
    step: str = ""
    list: str = ""
    by: str = ""
    absent: str = ""
    until: date | None = None
    unit: UnitDigest | None = None
    over: bool = False

    def number(self, words: Catalogue) -> str:
        """Return the question in words, or the number of the note with several."""
        if not self.question:
            return self.asked
        return words.gettext("mail.number", position=self.asked, q=self.question)

    def number_in(self, words: Catalogue) -> str:
        """Return the question for a sentence, or the note's number for several questions."""
        if not self.question:
            return self.asked
        return words.gettext("mail.number-in", position=self.asked, q=self.question)

    def what(self, words: Catalogue) -> str:
        """Return a draft, a quarantined file or the unit in words; empty for other events."""
        if self.event == "unit":
            return words.gettext("notice.unit")
        if self.event in FILES:
            key = "notice.file" if self.position else "notice.file.upload"
            return words.gettext(key, position=self.position)
        return self.draft_name(words) if self.draft else ""

    def draft_name(self, words: Catalogue) -> str:
        """Return a draft in words, such as `list L2026-48`."""
        key = self.draft if self.draft in {"batch.amended", "batch.answered"} else "batch.listed"
        if self.list:
            return words.gettext(f"notice.draft.{key}", list=self.list)
        kind = words.label("kind", self.draft)
        if not self.thread:
            return words.gettext("notice.draft", kind=kind)
        return words.gettext("notice.draft.thread", kind=kind, thread=self.thread)


_FORM: Final = TypeAdapter(PersonalNotice)


def write_notice(notice: PersonalNotice) -> str:
    """Serialize a notice for its row."""
    return _FORM.dump_json(notice, exclude_defaults=True).decode()


def read_notice(text: str) -> PersonalNotice:
    """Parse the notice of a row."""
    return _FORM.validate_json(text)


@dataclass(frozen=True, slots=True)
class CorrectionNews:
    """Corrections or changes by the other side, new to the recipient.

    Attributes:
        kind: Kind of the corrected objects; no mail names an object.
        number: Number of objects.
        entries: Numbers of their last entries, oldest first.
    """

    kind: Literal["application", "list", "licence"]
    number: int
    entries: tuple[str, ...]


_NEWS: Final = TypeAdapter(tuple[CorrectionNews, ...])


def write_corrected(news: tuple[CorrectionNews, ...]) -> str:
    """Serialize what a letter says of corrections, for its rows."""
    return _NEWS.dump_json(news).decode()


def read_corrected(text: str) -> tuple[CorrectionNews, ...]:
    """Parse what a letter says of corrections."""
    return _NEWS.validate_json(text)


ENTRIES: Final = 5
"""Maximum of entries named in a sentence; the inbox has all."""


@dataclass(frozen=True, slots=True)
class NoticeLetter:
    """A letter with the notices that it tells.

    Attributes:
        id: Id of the letter, from which the Message-ID is made.
        to: Mail address of one of our own people, or a group's channel.
        lang: The recipient's language.
        at: Time of the letter, the same on each attempt.
        notices: The notices, in order.
        daily: Whether the recipient chose one mail a day.
        titles: Titles of threads that our side lets mails show, by the thread's number.
        corrected: The other side's corrections and changes that are new to the recipient.
    """

    id: str
    to: str
    lang: Lang
    at: datetime
    notices: tuple[PersonalNotice, ...]
    daily: bool = False
    titles: Mapping[str, str] = field(default_factory=dict)
    corrected: tuple[CorrectionNews, ...] = ()


def sentence_of(composer: Composer, notice: PersonalNotice, lang: Lang, now: datetime) -> str:
    """Return the event in a line: the subject of a mail, and the line on a page."""
    words, due, variant = catalogue(lang), notice.due, _variant(notice)
    if notice.unit:
        return notice.unit.counts(words)
    by = "-by" if due and variant in STEPS else ""
    return words.gettext(
        f"notice.subject.{variant}{by}",
        number=notice.number(words),
        due=composer.when(due, lang, now) if due else "–",
        what=notice.what(words),
        thread=notice.thread,
        position=notice.position,
    )


def licence_named(words: Catalogue, notice: PersonalNotice, licence: str) -> str:
    """Return the line of our own page on a licence: no mail or notice of a browser names one."""
    return words.gettext(
        f"notice.page.{_variant(notice)}", licence=licence, position=notice.position
    )


def notice_letter_of(composer: Composer, letter: NoticeLetter) -> Letter:
    """Write a letter about an event, or a list of several."""
    [first, *rest] = letter.notices
    page = _list(composer, letter) if rest or letter.daily else _single(composer, letter, first)
    return Letter(
        id=letter.id,
        to=letter.to,
        subject=page.subject,
        text=page.text,
        html=page.html,
        lang=letter.lang,
        at=letter.at,
        notice=True,
    )


def _variant(notice: PersonalNotice) -> str:
    """Return which words tell the event: several events have more than one case."""
    variants: dict[Event, str] = {
        "question": "question" if notice.agreed else "requested",
        "check": notice.step or "check",
        "release": "sign" if notice.step else "release",
        "proposed": "moved" if notice.moved else "proposed",
        "coming": "coming" if notice.agreed else "coming-requested",
        "passed": "passed-ours" if notice.ours else "passed",
        "licence": "licence-over" if notice.over else "licence",
    }
    return variants.get(notice.event, notice.event)


def _single(composer: Composer, letter: NoticeLetter, notice: PersonalNotice) -> MailPage:
    words, lang = catalogue(letter.lang), letter.lang
    if notice.unit:
        why, change = _why(words, notice, lang), _change(composer, words)
        return unit_page(
            composer, UnitLetter(lang, letter.at, notice.url, why, change), notice.unit
        )
    variant, side = _variant(notice), words.label("side", peer_of(composer.own))
    facts = {
        "number": notice.number_in(words),
        "side": side,
        "what": notice.what(words),
        "thread": notice.thread,
        "position": notice.position,
        "by": notice.by or words.gettext("notice.somebody"),
    }
    return MailPage(
        lang=lang,
        subject=sentence_of(composer, notice, lang, letter.at),
        head=words.gettext(f"notice.head.{variant}", **facts),
        lead=(words.gettext(f"notice.can.{variant}", **facts),),
        links=(MailLink(_opened(words, notice), composer.url + notice.url),),
        facts=_facts(composer, letter, notice),
        why=_why(words, notice, lang),
        change=_change(composer, words),
    )


def _opened(words: Catalogue, notice: PersonalNotice) -> str:
    if notice.event in FILES:
        return words.gettext("notice.open-quarantine")
    number = notice.position or notice.thread or notice.what(words)
    return words.gettext("mail.open", number=number)


def _facts(
    composer: Composer, letter: NoticeLetter, notice: PersonalNotice
) -> tuple[MailFact, ...]:
    """Return the thread's title, where it may be shown, and the date."""
    words = catalogue(letter.lang)
    facts = title_facts(letter.titles.get(notice.thread, ""), words)
    if not notice.due or notice.event not in DATED:
        return facts
    usual = "mail.fact.due" if notice.agreed else "mail.fact.requested"
    name = words.gettext(FACTS.get(_variant(notice), usual))
    return *facts, MailFact(name, (composer.both(notice.due, letter.lang),))


def _list(composer: Composer, letter: NoticeLetter) -> MailPage:
    words, lang = catalogue(letter.lang), letter.lang
    groups: dict[str, list[PersonalNotice]] = {name: [] for name in ORDER}
    for notice in sorted(letter.notices, key=lambda each: (each.due or each.at, each.url)):
        groups[GROUPS.get(_variant(notice), "news")].append(notice)
    listed = {name: notices for name, notices in groups.items() if notices}
    counts = {
        name: words.gettext(f"notice.count.{name}", num=len(notices))
        for name, notices in listed.items()
    }
    dated = [
        composer.counted(count, _dates(name, listed[name]), lang, letter.at)
        for name, count in counts.items()
    ]
    comma = words.gettext("mail.count.join")
    local = letter.at.astimezone(composer.zones[composer.own]).date()
    why = "notice.why.daily" if letter.daily else "notice.why.several"
    return MailPage(
        lang=lang,
        subject=comma.join(dated),
        head=words.gettext(
            "mail.head.digest", day=dates.day(local, lang), counts=comma.join(counts.values())
        ),
        lead=tuple(_corrected(composer, each, words) for each in letter.corrected),
        links=(MailLink(words.gettext("notice.open-inbox"), f"{composer.url}/inbox"),),
        groups=tuple(
            MailGroup(
                words.gettext(f"notice.group.{name}"),
                tuple(_row(composer, letter, notice) for notice in notices),
            )
            for name, notices in listed.items()
        ),
        notes=(words.gettext("mail.body.own-time", place=words.label("capital", composer.own)),),
        why=words.gettext(why),
        change=_change(composer, words),
    )


def _corrected(composer: Composer, news: CorrectionNews, words: Catalogue) -> str:
    more = ("…",) if len(news.entries) > ENTRIES else ()
    one = "-one" if news.number == 1 else ""
    return words.gettext(
        f"notice.corrected.{news.kind}s{one}",
        num=news.number,
        side=words.label("side", peer_of(composer.own)),
        entries=words.gettext("brief.comma").join((*more, *news.entries[-ENTRIES:])),
    )


def _dates(group: str, notices: list[PersonalNotice]) -> list[datetime]:
    """Return the deadlines of a group; groups of news have none."""
    return [each.due for each in notices if each.due] if group in TIMED else []


def _row(composer: Composer, letter: NoticeLetter, notice: PersonalNotice) -> MailRow:
    words = catalogue(letter.lang)
    what = notice.what(words) or notice.number(words)
    happened = words.label("notice-event", _variant(notice))
    return MailRow(
        what or notice.position or notice.thread,
        composer.url + notice.url,
        composer.when(notice.due or notice.at, letter.lang, letter.at),
        titled(happened, letter.titles.get(notice.thread, "")),
    )


def _why(words: Catalogue, notice: PersonalNotice, lang: Lang) -> str:
    if notice.absent and notice.until:
        until = dates.day(notice.until, lang)
        return words.gettext("notice.why.stand-in", name=notice.absent, until=until)
    return words.gettext(f"notice.why.{notice.reason}")


def _change(composer: Composer, words: Catalogue) -> MailLink | None:
    if not composer.url:
        return None
    return MailLink(words.gettext("notice.change"), f"{composer.url}/notices")
