"""Write the morning mail of a head of unit: desks, threads of nobody, releases, absences.

Numbers, dates and our own people's names alone: no title, text, company or application.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime

from special_channel.channels.alerts import Composer
from special_channel.channels.mails import MailGroup, MailLink, MailPage, MailRow
from special_channel.messages import dates
from special_channel.messages.catalogue import Catalogue, Lang, catalogue


@dataclass(frozen=True, slots=True)
class UnitDesk:
    """A desk's open threads.

    Attributes:
        en, zh: Title by the charter; empty for threads of nobody.
        url: Path of its threads on our own node.
        open: Number of open threads.
        oldest: Working days since the oldest was opened; None without a thread.
        passed: Number of questions whose date has passed without an answer.
        dates: Days of the next five with the number of questions to us.
    """

    en: str
    zh: str
    url: str
    open: int
    oldest: int | None
    passed: int
    dates: tuple[tuple[date, int], ...] = ()


@dataclass(frozen=True, slots=True)
class UnitRelease:
    """A draft that waits for release: `en` and `zh` name who has the turn."""

    kind: str
    list: str
    thread: str
    url: str
    at: datetime
    en: tuple[str, ...]
    zh: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UnitAbsence:
    """A colleague who is away; `stand_in` is empty for nobody."""

    name: str
    until: date
    stand_in: str
    url: str


@dataclass(frozen=True, slots=True)
class UnitDigest:
    """What the desks of our side hold on a morning.

    Attributes:
        day: The date in our capital.
        open: Number of open threads; `unheld`: of those of nobody.
        waiting: Number of drafts that wait for release.
        desks: The desks in the order of the charter.
        nobody: Numbers of the oldest threads of nobody, with their dates of opening.
        releases: The oldest drafts that wait.
        away: Colleagues who are away.
    """

    day: date
    open: int
    unheld: int
    waiting: int
    desks: tuple[UnitDesk, ...]
    nobody: tuple[tuple[str, date], ...] = ()
    releases: tuple[UnitRelease, ...] = ()
    away: tuple[UnitAbsence, ...] = ()

    def counts(self, words: Catalogue) -> str:
        """Return the counts in one line: the subject of a mail."""
        facts = {"open": self.open, "unheld": self.unheld, "waiting": self.waiting}
        return words.gettext("notice.unit.counts", **facts)


@dataclass(frozen=True, slots=True)
class UnitLetter:
    """A morning mail to be written: to whom in which language, at which time, and why."""

    lang: Lang
    at: datetime
    url: str
    why: str
    change: MailLink | None


def unit_page(composer: Composer, letter: UnitLetter, digest: UnitDigest) -> MailPage:
    """Write the morning mail as a table, like other digests."""
    words = catalogue(letter.lang)
    writer = _Writer(composer, letter, words)
    groups = (
        ("desks", [writer.desk(each) for each in digest.desks]),
        ("nobody", [writer.unheld(*each) for each in digest.nobody]),
        ("releases", [writer.release(each) for each in digest.releases]),
        ("away", [writer.absence(each) for each in digest.away]),
    )
    return MailPage(
        lang=letter.lang,
        subject=digest.counts(words),
        head=words.gettext("notice.unit.head", day=dates.day(digest.day, letter.lang)),
        lead=(words.gettext("notice.unit.lead"),),
        links=(MailLink(words.gettext("notice.unit.open"), composer.url + letter.url),),
        groups=tuple(
            MailGroup(words.gettext(f"notice.unit.{name}"), tuple(rows))
            for name, rows in groups
            if rows
        ),
        listed=words.gettext("notice.unit.listed"),
        notes=(words.gettext("mail.body.own-time", place=words.label("capital", composer.own)),),
        why=letter.why,
        change=letter.change,
    )


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes the rows of a morning mail."""

    composer: Composer
    letter: UnitLetter
    words: Catalogue

    def desk(self, desk: UnitDesk) -> MailRow:
        title = (desk.en if self.letter.lang == "en" else desk.zh) or self.words.gettext("Nobody")
        # The column of dates does not wrap, so that it has the nearest alone.
        nearest = self._day(desk.dates[0][0]) if desk.dates else "–"
        return self._row(title, desk.url, nearest, self._join(self._held(desk)))

    def unheld(self, number: str, opened: date) -> MailRow:
        state = self.words.gettext("notice.unit.unheld")
        return self._row(number, f"/threads/{number}", self._day(opened), state)

    def release(self, draft: UnitRelease) -> MailRow:
        named = draft.list or draft.thread
        kind = self.words.label("kind", draft.kind)
        what = f"{kind}{self._colon}{named}" if named else kind
        whose = draft.en if self.letter.lang == "en" else draft.zh
        state = self.words.gettext("Waits for: %(whose)s.", whose=self._join(whose))
        sent = self.composer.when(draft.at, self.letter.lang, self.letter.at)
        return self._row(what, draft.url, sent, state)

    def absence(self, absence: UnitAbsence) -> MailRow:
        until = self.words.gettext("notice.unit.until", day=self._day(absence.until))
        state = (
            self.words.gettext("away.ask", name=absence.stand_in)
            if absence.stand_in
            else self.words.gettext("No stand-in is named.")
        )
        return self._row(absence.name, absence.url, until, state)

    def _held(self, desk: UnitDesk) -> Iterator[str]:
        yield self.words.gettext("notice.unit.held", num=desk.open)
        if desk.oldest:
            yield self.words.gettext("notice.unit.oldest", num=desk.oldest)
        elif desk.open:
            yield self.words.gettext("notice.unit.oldest-today")
        if desk.passed:
            yield self.words.gettext("notice.unit.passed", num=desk.passed)
        for on, number in desk.dates:
            yield f"{self._day(on)}{self._colon}{number}"

    def _row(self, what: str, url: str, when: str, state: str) -> MailRow:
        return MailRow(what, self.composer.url + url, when, state)

    def _day(self, on: date) -> str:
        return dates.day(on, self.letter.lang)

    def _join(self, texts: Iterator[str] | tuple[str, ...]) -> str:
        return (", " if self.letter.lang == "en" else "、").join(texts)

    @property
    def _colon(self) -> str:
        return ": " if self.letter.lang == "en" else "："
