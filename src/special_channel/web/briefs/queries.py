"""One-page briefs of a level, and their section of changes, in the reader's language.

An internal brief adds facts of our private log; a brief for handing over reads the shared record
alone. Does not write HTML or PDF.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import date, datetime
from typing import Final

from special_channel.core.bytes.ids import Position
from special_channel.core.bytes.times import timestamp
from special_channel.core.numbers.changes import state_changes, thread_change
from special_channel.desk.briefs import Brief, BriefLine, Section
from special_channel.messages.dates import full_date
from special_channel.stores.meetings import Sizes
from special_channel.web.briefs.record import BriefRecord, EarlierRecord, PresentRecord
from special_channel.web.briefs.sections import (
    BriefSource,
    corrections,
    differences,
    promises,
    questions,
    stops,
)
from special_channel.web.shared.capitals import both
from special_channel.web.shared.extents import ExtentView, extent_of
from special_channel.web.shared.references import application_url, last_entries
from special_channel.web.shell.content import shortened
from special_channel.web.shell.context import PageContext
from special_channel.web.shell.frame import effect_text
from special_channel.web.shell.meetings import LevelView
from special_channel.web.shell.threads import subjects

APPLICATIONS: Final = 4
THREADS: Final = 3
"""Maximum of changes by name: a brief has one page."""

KINDS: Final = (
    "batch.listed", "batch.answered", "application.asserted", "licence.issued", "thread.opened",
    "note.posted", "deadline.moved", "deadline.passed", "referral.sent", "meeting.held",
    "point.agreed", "point.differed",
)  # fmt: skip
"""Kinds of entries, and marks on points, counted as changes, in this order."""


async def read_brief(
    context: PageContext,
    level: LevelView,
    *,
    internal: bool,
    since: date | None,
    extent: ExtentView | None = None,
) -> Brief:
    """Read a level's brief in the reader's language.

    Args:
        context: The request; its time is the time of the brief.
        level: The level.
        internal: For our side alone, with facts of our private log.
        since: First day of the changes; None: changes since the last meeting.
        extent: The earlier record to make it from; None: the present one.
    """
    context = replace(context, dated=True)
    earlier = await EarlierRecord.read(context, extent_of(extent)) if extent else None
    corrected = extent is not None and extent.counting == "corrected"
    record: BriefRecord = earlier or PresentRecord(context)
    meetings, asked = await asyncio.gather(record.meetings(level.level), record.open_questions())
    points = await record.points([row.meeting for row in meetings])
    source = BriefSource(
        context,
        internal,
        record,
        internal and extent is None,
        meetings,
        [(row, each) for row in meetings for each in points if each.meeting == row.meeting],
        asked,
    )
    made = [await corrections(source, earlier.corrections)] if earlier and corrected else []
    lanes = await asyncio.gather(_asked(source), _awaited(source), _told(source, since))
    mark = f"internal-{context.party}" if internal else "handover"
    return Brief(
        lang=context.lang,
        internal=internal,
        mark=context.t.label("brief-kind", mark),
        title=source.say("title", level=level.title(context.lang)),
        facts=_facts(source, since, extent),
        sections=(*made, *(each for lane in lanes for each in lane)),
        private_word=source.say("only-ours"),
        foot=source.say("foot"),
        effect=effect_text(context),
    )


def _facts(
    source: BriefSource, since: date | None, extent: ExtentView | None
) -> tuple[tuple[str, str], ...]:
    context, comma = source.context, source.say("comma")
    eu, cn = context.heads["eu"].size, context.heads["cn"].size
    if extent:
        eu, cn = extent.eu, extent.cn
    numbers = last_entries(eu, cn, context.party)
    facts = [
        (source.say("as-of"), both(context.now, context.party, context.lang, context.near)),
        (source.say("record"), comma.join(numbers)),
    ]
    for last in source.meetings[:1]:
        held = (source.date(last.on), last.place, source.numbered(last.position))
        facts.append((source.say("last-meeting"), comma.join(held)))
    if since is not None:
        facts.append((source.say("since"), full_date(since, context.lang)))
    if extent and extent.counting == "corrected":
        numbers = last_entries(extent.eu_corrected, extent.cn_corrected, context.party)
        facts.append((source.say("corrected"), comma.join(numbers)))
    return tuple(facts)


# Sections are read in three lanes: one after the other takes longer, and all at once takes as many
# connections, each of which would plan the same statements for itself.


async def _asked(source: BriefSource) -> tuple[Section, ...]:
    own, peer = source.context.party, source.context.peer
    return await questions(source, own, "ask"), await questions(source, peer, "raise")


async def _awaited(source: BriefSource) -> tuple[Section, ...]:
    return await promises(source), await stops(source)


async def _told(source: BriefSource, since: date | None) -> tuple[Section, ...]:
    return await differences(source), await _changes(source, since)


async def _changes(source: BriefSource, since: date | None) -> Section:
    """Write the section of changes: counts, then applications and threads by name."""
    context = source.context
    sizes = await _sizes(source, since)
    if sizes is None:
        return source.section("changed", (), 0, "no-meeting", "changed-unknown")
    when = (
        full_date(since, context.lang)
        if since
        else source.say("meeting", number=source.numbered(source.meetings[0].position))
    )
    written = await source.record.written(sizes)
    applications, left = await _changed_applications(source, sizes)
    threads, left_threads = await _changed_threads(source, sizes)
    counts = source.say("semicolon").join(
        f"{context.t.label('brief-change', kind)}{source.say('colon')}{written[kind]}"
        for kind in KINDS
        if written.get(kind)
    )
    begins = [f"EU-{sizes.eu}", f"CN-{sizes.cn}"][:: 1 if context.party == "eu" else -1]
    first = [BriefLine(", ".join(begins), counts, context.lang)] if counts else []
    lines = [*first, *applications, *threads]
    return source.section("changed", lines, left + left_threads, "no-change", when=when)


async def _sizes(source: BriefSource, since: date | None) -> Sizes | None:
    """Return the logs' sizes before the changes; None without a meeting or a date."""
    context = source.context
    if since is not None:
        zone = context.calendar(context.party).local(context.now).tzinfo
        start = datetime(since.year, since.month, since.day, tzinfo=zone)
        return await source.record.sizes_at(timestamp(start))
    for row in source.meetings[:1]:
        stored = (await context.own.stores.record.find([row.meeting]))[row.meeting]
        own, peer = row.index + 1, stored.frontier
        return Sizes(own, peer) if row.party == "eu" else Sizes(peer, own)
    return None


async def _changed_applications(source: BriefSource, sizes: Sizes) -> tuple[list[BriefLine], int]:
    context = source.context
    rows, total = await source.record.turned(sizes, APPLICATIONS)
    lines = []
    for row in rows:
        texts = []
        changes = state_changes(row, {"eu": sizes.eu, "cn": sizes.cn})
        for each in sorted(changes, key=lambda each: each.party != context.party):
            unknown = context.t.label("state", "unknown")
            before, after = source.state(each.before) if each.before else unknown, each.after
            texts.append(
                source.say(
                    "turned",
                    side=source.side(each.party),
                    way=source.say("way", before=before, after=source.state(after)),
                    position=source.numbered(Position(each.party, after.index)),
                    date=source.date(after.as_of),
                )
            )
        text, url = source.say("semicolon").join(texts), application_url(row.number)
        lines.append(BriefLine(row.number, text, context.lang, (), (), url))
    return lines, total - len(rows)


async def _changed_threads(source: BriefSource, sizes: Sizes) -> tuple[list[BriefLine], int]:
    context, label = source.context, source.context.t.label
    moved, total = await source.record.moved(sizes, THREADS)
    rows = await source.record.threads([each.thread for each in moved])
    titles = await subjects(context, rows.values())
    lines = []
    for each in moved:
        row = rows[each.thread]
        change = thread_change(row, {"eu": sizes.eu, "cn": sizes.cn})
        after = label("thread-standing", change.after)
        if change.by is not None:
            before = label("thread-standing", change.before or "none")
            way = source.say("way", before=before, after=after)
            side = source.side(change.by.party)
            after = source.say("stood", side=side, way=way, position=source.numbered(change.by))
        details = [after]
        notes = [
            f"{source.side(party)} {each.of(party)}"
            for party in (context.party, context.peer)
            if each.of(party)
        ]
        if notes:
            details.append(source.say("notes", notes=source.say("comma").join(notes)))
        subject = shortened(titles.title(row).first(context.lang))
        number = str(row.position)
        lines.append(source.line(number, subject, details, f"/threads/{number}"))
    return lines, total - len(moved)
