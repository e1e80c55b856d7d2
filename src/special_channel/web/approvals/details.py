"""One draft with all that a second official looks at before the release.

What the other side will read is drawn as in a thread: texts, questions and sentences of events.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any, Final

from special_channel.core.bytes.times import instant
from special_channel.core.entries import (
    ApplicationLinked,
    Ask,
    BatchAmended,
    BatchAnswered,
    BatchListed,
    Entry,
    NoteAcknowledged,
    NotePosted,
    ThreadOpened,
)
from special_channel.core.rows.application_facts import WITHDRAWN
from special_channel.core.sense.findings import Finding
from special_channel.core.sense.reasons import given_for
from special_channel.desk.proposed import of_entry
from special_channel.desk.releasing import sheet_rows
from special_channel.messages.sense import said
from special_channel.stores.clearances import Clearance
from special_channel.web.approvals.drafts import DraftReader
from special_channel.web.approvals.facts import body_facts, sentence_facts
from special_channel.web.approvals.routes import draft_route
from special_channel.web.approvals.sheets import (
    AuthorReasons,
    author_reasons,
    check_sheet,
    sheet_checks,
    signed_sheet,
)
from special_channel.web.approvals.stored import as_stored
from special_channel.web.approvals.views import (
    DraftDetail,
    DraftQuestion,
    DraftText,
    RowReason,
    SentBack,
)
from special_channel.web.shared.dues import due_at, due_of
from special_channel.web.shared.references import ask_number
from special_channel.web.shared.words import Words
from special_channel.web.shell.act_looks import look_at_acts
from special_channel.web.shell.act_reasons import with_reasons
from special_channel.web.shell.content import (
    Content,
    content,
    entry_in,
    number_of,
    question,
    question_in,
    question_translation,
)
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import numbered
from special_channel.web.shell.looks import found_items, look_at
from special_channel.web.shell.people import names_with
from special_channel.web.shell.reasons import reason_words
from special_channel.web.shell.sense import statement_findings
from special_channel.web.shell.threads import MANY
from special_channel.web.shell.translations import notes_said

SHEETS: Final = (BatchListed, BatchAmended, BatchAnswered)
"""Kinds with rows."""


async def detail(reader: DraftReader, row: Clearance) -> DraftDetail:
    """Read a draft as its second official sees it."""
    context, entry = reader.context, entry_in(row.envelope)
    sheet = await check_sheet(context, row, entry)
    facts, route = reader.facts(row), reader.routes.get(row.id)
    given = await author_reasons(context, row)
    return DraftDetail(
        **facts,
        sentence=await _sentence(context, entry),
        facts=() if entry is None or isinstance(entry, SHEETS) else body_facts(context, entry),
        text=await _text(context, entry, content(as_stored(row))),
        checks=await sheet_checks(context, row, sheet, given) if sheet else None,
        sheet=signed_sheet(entry, row),
        amended=sheet.amended if sheet else (),
        charter=context.charter.number if context.charter else 0,
        others=await names_with(
            context,
            facts["releasers"],
            {reader.authors.author(row.by).person, context.reader.row.person},
        ),
        again=await _again(context, row, entry),
        signoff=await draft_route(context, route, row) if route else None,
        found=with_reasons(
            context.t, found_items(context.t, await _found(context, row)), given.reasons
        ),
        confirmed=given.ids,
        stated=await _stated(context, entry, given),
    )


async def _stated(
    context: PageContext, entry: Entry | None, given: AuthorReasons
) -> tuple[RowReason, ...]:
    """Return the findings of a statement without rows, each with the author's reason."""
    found = await statement_findings(context, entry)
    corrected = frozenset({1}) if getattr(getattr(entry, "body", None), "corrects", None) else ()
    return tuple(
        RowReason(
            code=each.rule,
            words=said(context.t, each),
            given=reason_words(context.t, given_for(each, given.reasons, corrected)),
        )
        for each in found
        if each.grade != "note"
    )


async def _found(context: PageContext, row: Clearance) -> tuple[Finding, ...]:
    entries = [of_entry(row.envelope, row.parts)]
    worded = await look_at(context.own.desk.scanner, entries)
    return worded + await look_at_acts(context, entries)


async def _sentence(context: PageContext, entry: Entry | None) -> str:
    """Return the sentence that a thread shows of the entry; "" for sheets and notes."""
    if entry is None or isinstance(entry, (*SHEETS, NotePosted)):
        return ""
    refs = list(
        entry.body.entries
        if isinstance(entry, NoteAcknowledged)
        else filter(None, [str(getattr(entry, "ref", "") or "")])
    )
    found = await context.own.stores.record.find(refs) if refs else {}
    comma = ", " if context.lang == "en" else "、"
    numbers = comma.join(
        numbered(context, number_of(found[ref])) if ref in found else "–" for ref in refs
    )
    taken_back = isinstance(entry, ApplicationLinked) and entry.body.basis == WITHDRAWN
    return context.t.gettext(
        f"event.{entry.kind}.{WITHDRAWN}" if taken_back else f"event.{entry.kind}",
        who=context.t.label("side", context.party),
        **sentence_facts(context, entry, numbers),
    )


async def _text(context: PageContext, entry: Entry | None, said: Content) -> DraftText | None:
    """Return the text of a draft; the subject of a thread only with its translation."""
    if isinstance(entry, SHEETS) or not (said.original or said.files):
        return None
    # A subject alone is the heading.
    if isinstance(entry, ThreadOpened) and not said.translation:
        return None
    checks = await context.own.desk.scanner.checks([each.sha256 for each in said.files])
    return DraftText(
        lang=said.lang,
        paragraphs=said.original,
        translation=said.translation,
        files=tuple([each.checked(checks.get(each.sha256)) for each in said.files]),
        marking=getattr(entry, "marking", None),
        asks=tuple(
            DraftQuestion(
                number=context.t.gettext("release.question", q=ask.q),
                q=ask.q,
                text=question(said, _part(ask)),
                translation=question_translation(said, _part(ask)),
                due=_due(context, ask),
            )
            for ask in (entry.asks if isinstance(entry, NotePosted) else ())
        ),
        answers=await _answers(context, entry) if isinstance(entry, NotePosted) else (),
    )


def _part(ask: Ask) -> int:
    """Return the place of a question's text; of a question without a text of its own, none."""
    return -1 if ask.part is None else ask.part


def _due(context: PageContext, ask: Ask) -> Any:  # noqa: ANN401
    due = due_at(context, instant(ask.due), ask.who, provisional=ask.provisional)
    return replace(due, requested=ask.rule is None)


async def _answers(context: PageContext, entry: NotePosted) -> tuple[DraftQuestion, ...]:
    """Return the questions that a note answers, with their texts and due times."""
    ticked = {(answer.id, q) for answer in entry.answers for q in answer.numbers()}
    if not ticked:
        return ()
    stores = context.own.stores
    rows = [
        row
        for row in await stores.views.asks(threads=[entry.thread], limit=MANY)
        if (row.note, row.q) in ticked
    ]
    texts = await notes_said(context, rows)
    return tuple(
        DraftQuestion(
            number=ask_number(row),
            q=row.q,
            text=question_in(texts.get(row.note), row.part, context.lang)
            if row.note in texts
            else Words("", context.lang, None, "damaged"),
            due=due_of(context, row),
        )
        for row in rows
    )


async def _again(context: PageContext, row: Clearance, entry: Entry | None) -> SentBack | None:
    """Return the newest draft of the same act by the same person that was sent back."""
    own = context.own.desk.clearances
    for former in await own.returned(row.by):
        before = entry_in(former.envelope)
        if before is None or not former.remark or former.at > row.at or _act(before) != _act(entry):
            continue
        rows, now = ({r["row"]: r for r in _rows(each)} for each in (former, row))
        changed = (
            number for number in now.keys() | rows.keys() if rows.get(number) != now.get(number)
        )
        return SentBack(remark=former.remark, rows=tuple(sorted(changed)))
    return None


def _act(entry: Entry | None) -> tuple[str, ...]:
    """Return what two drafts of the same act have in common; empty for no entry."""
    if entry is None:
        return ()
    about = entry.body.list if isinstance(entry, BatchListed) else ""
    return entry.kind, about, *(str(getattr(entry, name, "")) for name in ("ref", "thread"))


def _rows(row: Clearance) -> list[dict[str, Any]]:
    rows = (each for act in sheet_rows(row).values() for each in act)
    return [each for each in rows if isinstance(each.get("row"), int)]
