"""The form in which an official writes and signs a note or a new thread.

Does not sign or send: the browser does. For roles that write, once a charter is in force.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Final, Literal

import orjson
from pydantic import TypeAdapter, ValidationError

from special_channel.core.bytes.fields import ListedNumber
from special_channel.core.rows.charter import InForce
from special_channel.core.rows.threads import ThreadRow
from special_channel.core.rules.releasing import LINE_STOP
from special_channel.core.rules.replying import due_by
from special_channel.core.time.due import counts_from
from special_channel.desk.text_templates import number_gaps
from special_channel.web.shared.capitals import Due
from special_channel.web.shared.dues import due_at
from special_channel.web.shared.portions import heavy
from special_channel.web.shared.references import BatchRef
from special_channel.web.shared.viewpoint import Author
from special_channel.web.shared.words import Pair
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import ViewPage
from special_channel.web.shell.people import author_of
from special_channel.web.shell.templates import TemplateItem, templates

MIB = 1024 * 1024

MAX_APPLICATIONS: Final = 400
"""As `core.entries.threads.Opening` allows."""

# Weights are bytes of HTML.
DRAWN: Final = 20_000
"""Of a draft's texts in its form: what a thread's page of 400 KB has left beside its entries."""

_NUMBER: Final = TypeAdapter[str](ListedNumber)


@dataclass(frozen=True, slots=True)
class ReplyRule:
    """A reply rule of the charter, with the due time of a question asked now.

    Attributes:
        title: Kind of question of the rule, in the reader's language; may be empty.
        counts_from: First date that counts on the answering side.
        outside_hours: The question would reach the answering side out of office hours.
        seconds: Seconds from signing, for a demonstration's rule; else 0.
        line_stop: The rule is of a line stop.
    """

    rule: str
    working_days: int
    due: Due
    title: str = ""
    counts_from: date | None = None
    outside_hours: bool = False
    seconds: int = 0
    line_stop: bool = False


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft, as saved on the server.

    `internal`: the note stays on our side. `held`: the note was signed, waited, and was not sent.
    `marking`: as chosen, `none` for no marking; empty without a choice. `applications`: application
    numbers of a new thread. `each`: a separate thread for every application. `answers`: questions
    that the note answers, as `<note id> <q>`. `long`: the texts are too heavy for a page; the
    script loads them.
    """

    text: str = ""
    translation: str = ""
    subject: str = ""
    subject_translation: str = ""
    internal: bool = False
    held: bool = False
    marking: str = ""
    applications: tuple[str, ...] = ()
    each: bool = False
    answers: tuple[str, ...] = ()
    saved_at: datetime | None = None
    long: bool = False


@dataclass(frozen=True, slots=True)
class Composer:
    """The form in which an official writes and signs.

    Attributes:
        what: `note` in a thread, or a new `thread`.
        key: Id of the signing key.
        draft_name: Thread id, or `new-<batch id>`.
        batch: Entry id of the batch, or `standing`; new threads only.
        next_url: Address to open after a new thread, with the placeholder `{thread}`.
        ask: The first question as JSON, for the script; empty if absent.
        quote: Lines of a quotation after the draft's text; empty if absent.
        answer: Number of the question to be answered; empty if absent.
        hold: Seconds for which a signed note waits before sending.
        line_stop: An application of the note is a line stop; the note does not wait.
        templates: Texts for usual questions and answers, the last used first.
    """

    what: Literal["note", "thread"]
    key: str
    author: Author
    charter: str
    lang: str
    translation_lang: str
    draft_name: str
    draft: Draft = Draft()
    thread: str = ""
    batch: str = ""
    applications: tuple[str, ...] = ()
    calendar: str = ""
    reply_rules: tuple[ReplyRule, ...] = ()
    markings: tuple[str, ...] = ()
    max_file_mib: int = 50
    next_url: str = "/threads/{thread}"
    ask: str = ""
    quote: str = ""
    answer: str = ""
    hold: int = 0
    line_stop: bool = False
    templates: tuple[TemplateItem, ...] = ()

    @property
    def line_stops(self) -> frozenset[str]:
        """Names of the rules of a line stop: a note under such a rule does not wait."""
        return frozenset(rule.rule for rule in self.reply_rules if rule.line_stop)

    @property
    def number_gaps(self) -> tuple[str, ...]:
        """Words of the gap that an application's number fills, in both languages."""
        return number_gaps()

    @property
    def text(self) -> str:
        """Text of the form's field at first: the draft's, then the quotation."""
        text = self.draft.text
        if not self.quote or self.quote in text:
            return text
        return "\n\n".join(filter(None, (text.rstrip(), self.quote))) + "\n\n"


async def note_composer(
    context: PageContext, row: ThreadRow, *, quote: str = "", answer: str = ""
) -> Composer | None:
    """Return the form under a thread; None for a reader who may not write."""
    composer = await _composer(context, "note", row.thread, row.opening.applications)
    return replace(composer, thread=row.thread, quote=quote, answer=answer) if composer else None


async def thread_composer(
    context: PageContext, batch: str, applications: tuple[str, ...]
) -> Composer | None:
    """Return the form of a new thread; None for a reader who may not write.

    Without `applications` the form shows the draft's application numbers.
    """
    name = "new" if batch == "standing" else f"new-{batch}"
    composer = await _composer(context, "thread", name, applications)
    return replace(composer, batch=batch) if composer else None


async def _composer(
    context: PageContext,
    what: Literal["note", "thread"],
    name: str,
    applications: Sequence[str],
) -> Composer | None:
    if not context.writes or context.charter is None:
        return None
    lang, other = context.languages
    document, saved = context.charter.charter, await draft(context, name)
    about = _numbers(applications or saved.applications)
    return Composer(
        what=what,
        key=context.reader.key,
        author=author_of(context, context.reader.row, context.reader.official),
        charter=context.charter.digest,
        lang=lang,
        translation_lang=other,
        draft_name=name,
        draft=drawn(saved),
        applications=about if what == "thread" else (),
        calendar=context.calendar(context.peer).digest,
        reply_rules=reply_rules(context, context.charter),
        markings=document.markings,
        max_file_mib=document.limits.file_bytes // MIB,
        hold=context.reader.official.hold if context.reader.official else 0,
        line_stop=bool(about) and await context.own.stores.applications.line_stop(about),
        templates=await templates(context),
    )


def reply_rules(context: PageContext, charter: InForce) -> tuple[ReplyRule, ...]:
    """Return the charter's reply rules, with the due times of questions asked now."""
    rules = []
    for rule in charter.charter.reply_rules:
        counted = due_by(rule, context.calendars, context.peer, context.now)
        at = due_at(context, counted.instant, context.peer, provisional=counted.provisional)
        reached = counts_from(context.calendars, context.peer, context.now, rule.count)
        rules.append(
            ReplyRule(
                rule.rule,
                rule.working_days,
                at,
                title=rule.title_en if context.lang == "en" else rule.title_zh,
                counts_from=reached.first,
                outside_hours=reached.outside_hours,
                seconds=rule.seconds,
                line_stop=rule.urgency == LINE_STOP,
            )
        )
    return tuple(rules)


async def draft(context: PageContext, name: str) -> Draft:
    """Load the saved draft; return an empty `Draft` if absent or unreadable."""
    saved = await context.own.desk.drafts.load(context.reader.key, name)
    if saved is None:
        return Draft()
    try:
        fields = orjson.loads(saved.text)
    except orjson.JSONDecodeError:
        return Draft()
    if not isinstance(fields, dict):
        return Draft()
    return Draft(
        text=_text(fields, "text"),
        translation=_text(fields, "text_tr"),
        subject=_text(fields, "subject"),
        subject_translation=_text(fields, "subject_tr"),
        internal=_text(fields, "internal") == "true",
        held=_text(fields, "held") == "true",
        marking=_text(fields, "marking"),
        applications=_texts(fields, "applications"),
        each=_text(fields, "each") == "each",
        answers=_texts(fields, "answers"),
        saved_at=saved.at,
    )


def drawn(saved: Draft) -> Draft:
    """Return a draft as its page is made with it: without its texts if they are too heavy."""
    texts = (saved.text, saved.translation, saved.subject, saved.subject_translation)
    if sum(map(heavy, texts)) <= DRAWN:
        return saved
    # A part of a text could be taken for all of it, and be saved over it.
    return replace(saved, text="", translation="", subject="", subject_translation="", long=True)


def _numbers(texts: Sequence[str]) -> tuple[str, ...]:
    """Return the texts that can be application numbers, as many as a thread can be about."""
    return tuple(each for each in texts if _is_number(each))[:MAX_APPLICATIONS]


def _is_number(text: str) -> bool:
    try:
        _NUMBER.validate_python(text)
    except ValidationError:
        return False
    return True


def _texts(fields: dict[str, Any], name: str) -> tuple[str, ...]:
    value = fields.get(name, ())
    return tuple(each for each in value if isinstance(each, str)) if isinstance(value, list) else ()


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name, "")
    return value if isinstance(value, str) else ""


def new_thread_page(
    composer: Composer, *, batch: BatchRef | None = None, title: Pair | None = None
) -> ViewPage:
    """Make the page of a new thread, on a list or on the standing list with `title`."""
    return ViewPage("new_thread.html", "new-thread", composer, {"batch": batch, "title": title})
