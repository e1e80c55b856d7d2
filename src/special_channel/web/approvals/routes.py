"""Read a draft's sign-off route: its steps with their answers, and the reader's acts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import orjson

from special_channel.core.bytes import dsse
from special_channel.core.bytes.ids import EntryId
from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    NoteCorrected,
    NotePosted,
    NoteTranslated,
    PointNoted,
    ThreadOpened,
)
from special_channel.core.rows.directory import Grant
from special_channel.core.rows.routes import GivenAnswer, RouteRow, SignStep
from special_channel.ports import Stored
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.route_views import (
    ChangedText,
    DraftChange,
    DraftRoute,
    PaperDecision,
    RouteAnswer,
    RoutePlace,
    RouteStepItem,
    StepForm,
)
from special_channel.web.approvals.stored import as_stored
from special_channel.web.shared.changed_words import changed_words
from special_channel.web.shared.viewpoint import Author, desk_of
from special_channel.web.shared.words import Words
from special_channel.web.shell.content import content, entry_in
from special_channel.web.shell.context import OFFICIALS, PageContext
from special_channel.web.shell.people import People, people
from special_channel.web.shell.route_turns import answering

CHANGEABLE = (NotePosted, NoteCorrected, NoteTranslated, ThreadOpened, PointNoted)
"""Kinds whose texts a checker may change."""

CHECKED, CONSULTED = ("agreed", "changed"), ("agreed", "changed", "unconcerned")
"""Answers of a step by its word; the draft goes back by another act."""


def place(context: PageContext, row: RouteRow, *, releases: bool) -> RoutePlace:
    """Return where a draft is on its route; `releases`: the reader may release it now."""
    return RoutePlace(
        step=row.step,
        of=len(row.steps),
        word=row.now.word,
        whose=_whose(context, row, row.step),
        by=instant(row.now.by) if row.now.by else None,
        mine=releases if row.last else bool(answering(row, context.reader.row)),
    )


async def draft_route(context: PageContext, row: RouteRow, draft: Clearance) -> DraftRoute:
    """Read a draft's route for its page."""
    entries = await context.own.stores.views.find_private(
        [*(each.id for each in row.answers), *(id_ for _, id_ in row.versions)]
    )
    first = next((each for each in row.answers if each.answer == "changed"), None)
    versions = [_version(entries.get(id_)) for _, id_ in row.versions[:1]] if first else []
    drafter = next((each.by for each in versions if each), draft.by)
    authors = await people(context, [drafter, *(each.by for each in row.answers)])
    reader = RouteReader(context, row, entries, authors)
    counted = row.counted
    routes = context.own.times.routes
    title = routes.titled(row.route) if routes else None
    return DraftRoute(
        title=(title.en if context.lang == "en" else title.zh) if title else row.route,
        drafter=authors.author(drafter),
        step=row.step,
        steps=tuple(
            RouteStepItem(
                number=number,
                word=step.word,
                whose=_whose(context, row, number),
                by=instant(step.by) if step.by else None,
                standing=_standing(row, number),
                answers=tuple(reader.answer(a) for a in counted if a.step == number),
            )
            for number, step in enumerate(row.steps, 1)
        ),
        former=tuple(reader.answer(each) for each in row.answers if each not in counted),
        form=_form(context, row, draft),
        back=tuple(range(1, row.step)) if _may_return(context, row) else (),
        changes=reader.changes(draft),
        decided=row.decided is not None,
    )


class RouteReader:
    """Reads the answers and versions of a route from entries of the private log."""

    def __init__(
        self,
        context: PageContext,
        row: RouteRow,
        entries: Mapping[EntryId, Stored],
        authors: People,
    ) -> None:
        self._context = context
        self._row = row
        self._entries = entries
        self._authors = authors

    def answer(self, given: GivenAnswer) -> RouteAnswer:
        """Return an answer with its words; erased ones are empty."""
        entry = self._entries.get(given.id)
        said = content(entry) if entry else None
        texts = [words.text for words in said.original] if said else []
        scans = said.files if said else ()
        paper = None
        if given.on:
            office, reference = texts[:1], texts[1:2]
            texts = texts[2:]
            paper = PaperDecision(
                office="".join(office),
                reference="".join(reference),
                on=date.fromisoformat(given.on),
                scan=scans[0] if scans else None,
            )
        desk = desk_of(self._context, self._context.party, given.desk) if given.desk else None
        return RouteAnswer(
            answer="paper" if given.on else given.answer,
            author=self._author(given, entry),
            at=instant(entry.accepted) if entry else self._context.now,
            desk=desk.first(self._context.lang).text if desk else "",
            remark="\n\n".join(filter(None, texts)),
            to=given.to,
            paper=paper,
        )

    def changes(self, draft: Clearance) -> tuple[DraftChange, ...]:
        """Return the checkers' changes, from versions in the private log."""
        held = self._entries
        versions = {id_: _version(held.get(entry)) for id_, entry in self._row.versions}
        versions[draft.id] = draft
        changed = [each for each in self._row.answers if each.answer == "changed"]
        ids = [id_ for id_, _ in self._row.versions]
        found = []
        for answer, after in zip(changed, ids[1:], strict=True):
            before, now = versions.get(answer.draft), versions.get(after)
            if before is not None and now is not None:
                author = self._author(answer, self._entries.get(answer.id))
                texts = _changed_texts(before, now)
                found.append(DraftChange(step=answer.step, author=author, texts=texts))
        return tuple(found)

    def _author(self, given: GivenAnswer, entry: Stored | None) -> Author:
        return self._authors.writer(entry) if entry else self._authors.author(given.by)


def _version(entry: Stored | None) -> Clearance | None:
    """Return a draft as `draft.routed` holds it; None once a part is erased."""
    parts = [part for part in entry.parts if part is not None] if entry else []
    if entry is None or not parts or len(parts) < len(entry.parts):
        return None
    whole: dict[str, Any] = orjson.loads(parts[0])
    envelope = dsse.decode(str(whole["data"]["envelope"]).encode())
    [author, *_] = envelope.signatures
    at = instant(entry.accepted)
    return Clearance(envelope.id, envelope.encode(), tuple(parts[1:]), author.keyid, at, "waiting")


def texts_of(draft: Clearance) -> tuple[Words, ...]:
    """Return the texts of a draft in order, the translation last."""
    said = content(as_stored(draft))
    return (*said.original, *said.translation)


def _changed_texts(before: Clearance, after: Clearance) -> tuple[ChangedText, ...]:
    """Return the texts that differ; a checker changes texts and adds none."""
    pairs = zip(texts_of(before), texts_of(after), strict=False)
    return tuple(
        ChangedText(lang=new.lang, runs=changed_words(old.text, new.text))
        for old, new in pairs
        if old.text != new.text
    )


def _standing(row: RouteRow, number: int) -> Any:  # noqa: ANN401 - one of three words
    if number == row.step:
        return "now"
    return "done" if number < row.step else "ahead"


def _whose(context: PageContext, row: RouteRow, number: int) -> tuple[str, ...]:
    """Return the desks, role or office of a step."""
    step = row.steps[number - 1]
    if step.desks:
        desks = row.open_desks if number == row.step else step.desks
        titles = (desk_of(context, context.party, desk) for desk in desks)
        return tuple(title.first(context.lang).text for title in titles)
    words = [context.t.label("role", step.role)] if step.role else []
    return (*words, *([_office(context, row, step)] if step.paper else ()))


def _office(context: PageContext, row: RouteRow, step: SignStep) -> str:
    routes = context.own.times.routes
    office = routes.office(row.route) if routes and step.paper else None
    if office is None:
        return context.t.gettext("route.paper")
    return office.en if context.lang == "en" else office.zh


def _may_return(context: PageContext, row: RouteRow) -> bool:
    reader = context.reader.row
    if row.elsewhere(reader.person) or reader.roles_now.isdisjoint(OFFICIALS):
        return False
    return row.now.paper or bool(answering(row, reader))


def _form(context: PageContext, row: RouteRow, draft: Clearance) -> StepForm | None:
    reader = context.reader.row
    if row.last:
        return _paper_form(context, row)
    grants: Sequence[Grant] = answering(row, reader)
    if not grants:
        return None
    # A reader at two of the step's desks answers for the first one first.
    desk = grants[0].desk if row.now.desks else ""
    fitting = [grant for grant in grants if not desk or grant.desk == desk]
    return StepForm(
        step=row.step,
        person=reader.person,
        desk=desk,
        functions=" ".join(str(grant.number) for grant in fitting),
        answers=CONSULTED if row.now.word == "consult" else CHECKED,
        texts=texts_of(draft) if isinstance(entry_in(draft.envelope), CHANGEABLE) else (),
    )


def _paper_form(context: PageContext, row: RouteRow) -> StepForm | None:
    reader = context.reader.row
    grants = [grant for grant in reader.functions_now if grant.role in OFFICIALS]
    if not row.now.paper or row.decided or row.elsewhere(reader.person) or not grants:
        return None
    functions = " ".join(str(grant.number) for grant in grants)
    return StepForm(step=row.step, person=reader.person, functions=functions, paper=True)
