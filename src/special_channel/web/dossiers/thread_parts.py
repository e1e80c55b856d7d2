"""Parts of a thread's dossier: questions, our side's part, and the entries of both records."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from special_channel.desk.dossiers import (
    Cell,
    DossierPart,
    FiledEntry,
    FiledTable,
    Passage,
)
from special_channel.web.dossiers.writer import DossierWriter, grouped
from special_channel.web.shared.silence import standing
from special_channel.web.shared.words import NO_LANGUAGE, Pair, Words
from special_channel.web.shell.colleagues import Colleague
from special_channel.web.shell.content import FileRef
from special_channel.web.shell.render import size
from special_channel.web.thread.items import ThreadData
from special_channel.web.thread.views import (
    EntryView,
    EventView,
    Flag,
    NoteView,
    QuestionView,
    ThreadView,
    Translation,
    WindowView,
)

_OPEN: Final = frozenset({"open", "requested", "provisional"})
"""Cases of a question whose date is to come, or is no date that can pass."""


class ThreadWriter:
    """Writes the parts of a thread's dossier. `to`: the words and the edition."""

    def __init__(self, to: DossierWriter, data: ThreadData, view: ThreadView) -> None:
        self.to = to
        self.data = data
        self._view = view
        self._context = data.context

    @property
    def window(self) -> WindowView:
        """The part of the thread."""
        return self._view.window

    @property
    def title(self) -> Pair:
        """The thread's subject."""
        return self._view.thread.title

    @property
    def asks(self) -> Sequence[QuestionView]:
        """Questions of the part, and all open ones."""
        return self._view.asks

    def facts(
        self, first: ThreadWriter, private: int, holder: Colleague | None, reference: str
    ) -> Iterator[tuple[str, Sequence[Cell] | str]]:
        """Yield the facts of the cover; `first`: the first part of the dossier."""
        to, view, opening = self.to, self._view, self.data.row.opening
        state = to.label("thread-standing", "closed" if view.closed_in else "open")
        yield (
            "thread",
            to.say(
                "opened",
                number=to.numbered(view.number),
                side=to.side(opening.party),
                time=self._context.as_of(view.opened_at),
                state=state,
            ),
        )
        batch = view.thread.batch
        about = [to.say("list", name=batch.name)] if batch else []
        if view.applications:
            numbers = (", " if self._context.lang == "en" else "、").join(view.applications)
            about.append(to.say("applications", numbers=numbers))
        yield "about", to.say("join-clauses").join(about)
        start, end = first.window.earlier + 1, view.record.entries - view.window.later
        counted = to.say("entries", count=view.record.entries)
        if first.window.earlier or view.window.later:
            counted = to.say("entries-part", first=start, last=end, count=view.record.entries)
            only = to.only(end - start + 1, view.record.entries)
            counted = to.say("join-clauses").join((counted, only))
        if to.internal:
            counted = to.say("join-clauses").join((counted, to.say("private", count=private)))
        yield "entries", counted
        if to.internal:
            yield "reference", reference
            yield "handled", holder.shown if holder else self._context.t.gettext("holder.nobody")

    def questions(self, asks: Iterable[QuestionView]) -> DossierPart:
        """Write the part of the questions: who answers, by when, and what the records hold."""
        to = self.to
        rows = tuple(
            (
                Cell(self._question(ask)),
                Cell(to.side(ask.due.answering)),
                self._date(ask),
                Cell(to.marked(self._state(ask))),
            )
            for ask in asks
        )
        state = to.say("head.state", time=self._context.as_of(self._context.now))
        heads = (*(to.say(f"head.{each}") for each in ("question", "answers", "date")), state)
        table = FiledTable(heads, rows, empty=to.say("no-question"))
        return DossierPart("questions", to.say("questions"), (table,))

    def our_part(self, ours: Sequence[EventView]) -> DossierPart:
        """Write our side's own part: internal notes, then what was done, in order of time."""
        to = self.to
        notes = [event for event in ours if event.words]
        handled = [event for event in ours if not event.words]
        blocks: list[FiledEntry | FiledTable] = [self._internal(event) for event in notes]
        if handled or not notes:
            heads = (to.say("head.handling"), to.say("head.when"))
            rows = tuple((Cell(self._said(event)), to.timed(event.accepted)) for event in handled)
            blocks.append(FiledTable(heads, rows, empty=to.say("nothing-ours")))
        return DossierPart("ours", to.say("ours"), tuple(blocks))

    def entries(self) -> Iterator[FiledEntry]:
        """Yield the entries, in display order."""
        for item in self._view.items:
            yield self._note(item) if isinstance(item, NoteView) else self._event(item)

    def _internal(self, event: EventView) -> FiledEntry:
        to = self.to
        author = event.author
        return FiledEntry(
            number=event.position,
            side=(),
            heading=to.author(author) if author else event.position,
            role=to.role(author) if author else "",
            times=to.times(event.accepted),
            remarks=tuple(self._remarks(event)),
            passages=(Passage("", "", tuple((to.words(each),) for each in event.words)),),
            private=to.say("internal-note"),
        )

    def _note(self, note: NoteView) -> FiledEntry:
        to = self.to
        return FiledEntry(
            number=note.position,
            side=to.sides(note.party),
            heading=to.say(
                "heading", number=to.numbered(note.position), author=to.author(note.author)
            ),
            role=to.role(note.author),
            times=to.times(note.accepted),
            remarks=tuple(self._remarks(note)),
            passages=tuple(self._passages(note)),
            lines=tuple(self._lines(note)),
            digest=self._digest(note),
        )

    def _event(self, event: EventView) -> FiledEntry:
        to = self.to
        return FiledEntry(
            number=event.position,
            side=to.sides(event.party),
            heading=to.say("heading", number=to.numbered(event.position), author=self._said(event)),
            role="" if event.author is None else self._by(event),
            times=to.times(event.accepted) if event.entry_id else (),
            remarks=tuple(self._remarks(event)),
            digest=self._digest(event),
        )

    def _by(self, event: EventView) -> str:
        assert event.author is not None  # noqa: S101 - the caller asked
        words = (self.to.author(event.author), self.to.role(event.author))
        return self.to.say("join").join(filter(None, words))

    def _said(self, event: EventView) -> str:
        who = self.to.label("side", event.party)
        return self.to.marked(
            self._context.t.gettext(f"event.{event.kind}", who=who, **event.facts)
        )

    def _digest(self, entry: EntryView) -> tuple[str, str]:
        stored = self.data.by_id.get(entry.entry_id)
        return self.to.digest(stored) if stored else ("", "")

    def _remarks(self, entry: EntryView) -> Iterator[str]:
        """Yield what became of an entry, and what it is: marking, correction, withdrawal."""
        to, context = self.to, self._context
        if entry.refused:
            sentence = context.t.sentence(entry.refused).text
            yield f"{context.t.gettext('This entry has no effect.')} {sentence}"
        yield from map(self._flag, entry.flags)
        if isinstance(entry, NoteView):
            if entry.marking:
                yield to.label("marking", entry.marking)
            if entry.withdrawal:
                gone = entry.withdrawal
                yield to.say(
                    "withdrawn",
                    who=to.author(gone.author),
                    time=context.as_of(gone.at),
                    number=to.numbered(gone.position),
                )
        if entry.doubt:
            yield entry.doubt.sentence(context)

    def _flag(self, flag: Flag) -> str:
        """Write a remark; for the other side in words that are nobody's."""
        to = self.to
        told = to.label("flag", flag.code)
        if flag.code == "erased-there" and not to.internal:
            told = to.say("erased-there", side=to.side(self._context.peer))
        number = to.numbered(flag.position) if flag.position else ""
        at = f"· {self._context.as_of(flag.at)}" if flag.at else ""
        return " ".join(filter(None, (told, number, at)))

    def _passages(self, note: NoteView) -> Iterator[Passage]:
        context, gone = self._context, note.withdrawal
        struck = self.to.say("struck") if gone else ""
        if gone and gone.reason:
            reason = (*gone.reason, *gone.translation)
            yield Passage(context.t.gettext("note-act.withdraw.field"), "", self._texts(reason))
        if note.changes:
            runs = tuple(
                Cell(run.text, note.changes.lang, run.change if run.change != "same" else "")
                for run in note.changes.runs
            )
            yield Passage(
                self.to.say("changes", number=self.to.numbered(note.changes.position)),
                self.to.say("compared"),
                (runs,),
            )
        language = self.to.label("language", "zh" if note.lang.startswith("zh") else note.lang[:2])
        label = context.t.gettext("Original, %(language)s", language=language)
        authentic = context.t.gettext("authentic text")
        yield Passage(label, authentic, self._texts(note.paragraphs), struck)
        if note.translation:
            yield self._translation(note.translation, struck)

    def _translation(self, given: Translation, struck: str) -> Passage:
        t = self._context.t
        by = t.gettext(
            "by %(side)s; the original prevails", side=self.to.label("side", given.party)
        )
        if given.position:
            by = f"{by} · {self.to.numbered(given.position)}"
        return Passage(t.gettext("Courtesy translation"), by, self._texts(given.paragraphs), struck)

    def _texts(self, paragraphs: Sequence[Words]) -> tuple[tuple[Cell, ...], ...]:
        return tuple((self.to.words(each),) for each in paragraphs)

    def _lines(self, note: NoteView) -> Iterator[tuple[str, Cell]]:
        for ask in note.asks:
            words = ask.read or ask.text
            yield self.to.say("question", q=ask.q), self.to.words(words)
        if note.answers:
            numbers = (", " if self._context.lang == "en" else "、").join(
                self.to.numbered(each.number) for each in note.answers
            )
            yield self._context.t.gettext("Answers"), Cell(numbers)
        for file in note.files:
            yield self.to.say("file"), self._file(file)

    def _file(self, file: FileRef) -> Cell:
        if file.presence != "present":
            return Cell(self.to.label("presence", file.presence))
        words = [file.name, size(file.size_bytes)]
        if self.to.internal and file.check:
            words.append(self.to.label("scan", file.check))
        words.append(f"SHA-256 {grouped(file.sha256)}")
        return Cell(self.to.say("join").join(words), NO_LANGUAGE)

    def _question(self, ask: QuestionView) -> str:
        number = ask.number.rpartition(" Q")[0]
        return self.to.say("question-of", number=self.to.numbered(number), q=ask.q)

    def _date(self, ask: QuestionView) -> Cell:
        due = ask.due
        code = "requested" if due.requested else "provisional" if due.provisional else "agreed"
        return self.to.timed(due.at, code)

    def _state(self, ask: QuestionView) -> str:
        """Write a question's outcome; for the other side in words that are nobody's."""
        to, context = self.to, self._context
        case, gone = standing(ask.outcome, ask.due, context.party).case, ask.withdrawn
        if ask.undelivered and not to.internal:
            # The record of the other side does not hold the answer.
            return to.say("open")
        if case in _OPEN and gone:
            return context.t.gettext(
                "The answer of %(answered)s was withdrawn %(withdrawn)s; the question is open"
                " again.",
                answered=context.as_of(gone.answered_at),
                withdrawn=context.as_of(gone.withdrawn_at),
            )
        if case in _OPEN:
            return to.say("open")
        if to.internal or case not in {"ours", "unheard"}:
            return ask.sentence(context)
        due = context.as_of(ask.due.at)
        if case == "ours":
            return context.t.gettext("silence-said.neither", due=due)
        code = "unheard-known" if ask.known_up_to else "unheard"
        known = context.as_of(ask.known_up_to) if ask.known_up_to else ""
        sides = {"side": to.side(ask.asker), "other": to.side(ask.due.answering)}
        return to.say(code, due=due, known=known, **sides)
