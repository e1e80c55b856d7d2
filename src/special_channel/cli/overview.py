"""`special-channel inbox`, `work`, `status`, `figures`, `numbers`: work, counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from special_channel.cli.command import Choice, option
from special_channel.cli.remote import Call
from special_channel.cli.tables import (
    Column,
    Item,
    Reader,
    Section,
    Table,
    label,
    question,
    subject,
    text,
    texts,
    time,
    times,
)
from special_channel.cli.threads import HELD
from special_channel.core.bytes.ids import Party
from special_channel.messages.catalogue import Sentence, catalogue, commands
from special_channel.web.shared.extents import ExtentView
from special_channel.web.shared.references import entries_up_to


async def _with_threads(call: Call, answer: Item) -> Item:
    """Add each question's group and thread; questions for our side come first."""
    threads = (await call.node.get("/api/threads", {"show": "all", "limit": 1000}))["items"]
    by_id = {item["thread"]: item for item in threads}
    rows = [
        {
            **item,
            "group": "theirs" if item["asker"] == call.official.party else "ours",
            "ask": item["number"],
            "number": by_id.get(item["thread"], {}).get("number", ""),
            "subject": subject(by_id[item["thread"]]) if item["thread"] in by_id else "",
        }
        for item in map(question, answer["items"])
    ]
    return {"items": sorted(rows, key=lambda row: str(row["group"]))}


inbox = Table(
    path="/api/asks",
    help="List open questions: those for our side first, in order of due time.",
    columns=(
        label("group", "group"),
        text("ask"),
        Column("state", Reader.state),
        time("due"),
        *texts("rule", "number", "subject"),
    ),
    filters=(
        option(
            "--scope",
            "List questions of your threads: assigned to you, written in by you, or asked of "
            "everybody.",
            Choice("mine", "unit", "all"),
            default="all",
        ),
        option("--answering", "List only questions for this side to answer.", Choice("eu", "cn")),
        *HELD,
    ),
    complete=_with_threads,
).alone()


def _none_left(reader: Reader, answer: Item) -> Iterator[str]:
    if not answer["number"]:
        yield commands(reader.out.lang).gettext("Nothing in your inbox is left to work on.")


work = Table(
    path="/api/work",
    help="Show the next thread of your inbox to work on, in the order of the inbox.",
    items="",
    columns=(text("number"), label("group", "group"), time("due"), text("left")),
    sections=(Section(_none_left),),
    filters=(
        option(
            "--after",
            "Leave out the threads up to this one, such as EU-120; without it, show the first.",
            "number",
        ),
        option(
            "--scope",
            "Work on your threads: assigned to you, written in by you, or asked of everybody.",
            Choice("mine", "unit", "all"),
        ),
        option(
            "--group",
            "Work only on threads that we answer, that we await, with a reminder, or to read.",
            Choice("ours", "theirs", "reminded", "read"),
        ),
        option(
            "--sort",
            "Order within a group: nearest due time (default), last changed first, or oldest.",
            Choice("nearest", "changed", "oldest"),
        ),
        *HELD,
    ),
).alone()


def fault_words(reader: Reader, code: str) -> Sentence:
    """Return the words for an alarm or a reason of a node's status, in the reader's language."""
    words, status = catalogue(reader.out.lang), reader.answer
    damaged = [str(one["place"]) for one in status.get("damaged") or ()]
    facts = {
        "held": status.get("private_held"),
        "signed": status.get("private_signed"),
        "place": commands(reader.out.lang).gettext(", ").join(damaged),
        "since": reader.time(status.get(_SINCE.get(code, ""))),
    }
    known = {name: value for name, value in facts.items() if value not in (None, "")}
    said = words.sentence(code, **known)
    # A status has no facts of these alarms: their error's sentence would have a gap.
    alone = f"alarm.{code}"
    return replace(said, text=words.gettext(alone)) if alone in words else said


_SINCE: Final = {
    "canary-lost": "canary_at",
    "escalation-stopped": "reminders_stopped_since",
    "peer-escalation-stopped": "peer_reminders_stopped_since",
}
"""Field of a status with the instant that an alarm's sentence names, by the alarm."""


def _fault(heading: str) -> Column:
    """Declare a column of one code, shown as a sentence."""

    def value(reader: Reader, item: Item) -> str | None:
        return fault_words(reader, item[heading]).text if item[heading] else None

    return Column(heading, value)


def _alarms(reader: Reader, status: Item) -> Iterator[str]:
    for code in status["alarms"]:
        said = fault_words(reader, code)
        gap = " " if reader.out.lang == "en" else ""
        yield f"- {said.text}{gap}{said.next_step}"


status = Table(
    path="/api/status",
    help="Show the state of a node: ready, link, sizes, alarms.",
    items="",
    sections=(Section(_alarms),),
    columns=(
        label("party", "side"),
        text("ready"),
        _fault("reason"),
        *times("last_heard", "link_down_since"),
        time("last_heard"),
        _fault("link_stopped"),
        *texts("waits_for", "queued", "waiting", "behind"),
        *times("undelivered_since", "peer_undelivered_since"),
        *times("reminders_stopped_since", "peer_reminders_stopped_since", "canary_at"),
        *texts("eu", "cn", "undelivered", "private_held", "private_signed"),
        *times("check_passed_at", "check_ended_at"),
        text("damaged"),
        # Last, above the sentences of the alarms.
        Column("alarms", lambda _, item: len(item["alarms"]) or "–"),
    ),
).alone()


def _in_days(reader: Reader, days: object) -> str:
    return commands(reader.out.lang).gettext("%(days)s d", days=str(days))


def _measured(name: str) -> Column:
    """Declare a column of days or per cent; a dash for a measure without a value."""

    def value(reader: Reader, item: Item) -> str | None:
        if item.get(name) is None:
            return None
        if item["measure"] in {"days-to-answer", "days-to-acknowledge"}:
            return _in_days(reader, item[name])
        return commands(reader.out.lang).gettext("%(share)s %%", share=str(item[name]))

    return Column(name, value)


def _counted(_reader: Reader, item: Item) -> object:
    return f"{item['part']}/{item['whole']}" if "part" in item else item["whole"]


def _counted_from(reader: Reader, answer: Item) -> Iterator[str]:
    t, extent = catalogue(reader.out.lang), answer.get("extent")
    if extent:
        yield ExtentView(**extent).said(t, reader.party)
    yield t.gettext(
        "Counted from %(entries)s by definitions %(definitions)s.",
        entries=entries_up_to(t, answer["eu"], answer["cn"], reader.party),
        definitions=answer["definitions"],
    )


def _side(reader: Reader, side: Item) -> Iterator[str]:
    words = catalogue(reader.out.lang)
    apart = (
        f"{words.label('figure-apart', name)} {side[name]}"
        for name in ("crossed", "unconfirmed", "ended")
    )
    asked = words.gettext(
        "figure-said.side",
        side=words.label("side", side["answering"]),
        asks=side["asks"],
        counted=side["counted"],
        apart=commands(reader.out.lang).gettext(", ").join(apart),
    )
    yield f"\n{asked}"


figures = Table(
    path="/api/figures",
    help="Show response times and rates: IMI's indicators and their basis.",
    items="",
    sections=(
        Section(_counted_from),
        Section(
            _side,
            each="sides",
            items="measures",
            columns=(
                *texts("measure", "title"),
                _measured("value"),
                Column("of", _counted),
                text("undecided"),
                _measured("agreed"),
            ),
        ),
        Section(lambda _, answer: [f"\n{answer['effect']}"]),
    ),
    filters=(
        option(
            "--since", "Count questions asked from this date on (UTC), such as 2026-01-01.", "date"
        ),
        option("--until", "Count questions asked before this date (UTC).", "date"),
        option(
            "--counting",
            "Count as recorded at the end of the period; without it, by the present record.",
            Choice("recorded"),
        ),
        option(
            "--eu",
            "Count up to this entry of the EU, such as EU-811; without it, the last one of the "
            "date.",
            "number",
        ),
        option(
            "--cn",
            "Count up to this entry of CN, such as CN-340; without it, the last one of the date.",
            "number",
        ),
        option(
            "--eu-known",
            "Take the EU's answers as known up to this time; without it, its last counted entry.",
            "time",
        ),
        option(
            "--cn-known",
            "Take CN's answers as known up to this time; without it, its last counted entry.",
            "time",
        ),
    ),
    in_language=True,
).alone()


def _by(party: Party) -> Column:
    """Declare a column of a side's counts, or of its median and 90th percentile in days."""

    def value(reader: Reader, item: Item) -> object:
        [side] = (each for each in reader.answer["sides"] if each["by"] == party)
        counted = side[item["measure"]]
        if isinstance(counted, int):
            return counted
        if "median" not in counted:
            return None
        return _in_days(reader, f"{counted['median']} / {counted['ninth_decile']}")

    return Column(f"by_{party}", value)


def _as_of(reader: Reader, answer: Item) -> Iterator[str]:
    listed = int(answer["sides"][0]["listed"])
    words, extent = catalogue(reader.out.lang), answer.get("extent")
    yield words.gettext("numbers-said.head", on=answer["on"], listed=listed)
    if extent:
        yield ExtentView(**extent).said(words, reader.party)
    else:
        entries = entries_up_to(words, answer["eu"], answer["cn"], reader.party)
        yield words.gettext("Counted from %(entries)s.", entries=entries)


def _corrections(reader: Reader, _answer: Item) -> Iterator[str]:
    yield f"\n{catalogue(reader.out.lang).gettext('Corrections since')}"


def _published(reader: Reader, _answer: Item) -> Iterator[str]:
    yield f"\n{catalogue(reader.out.lang).gettext('Beside what was published')}"


numbers = Table(
    path="/api/numbers",
    help="Count applications by state, as each side states them, with the definitions used.",
    items="",
    sections=(
        Section(
            _as_of,
            items="definitions",
            columns=(*texts("measure", "title"), _by("eu"), _by("cn"), text("definition")),
        ),
        Section(
            _published,
            items="public",
            columns=(
                *texts("on", "published"),
                Column("by_eu", lambda _, item: f"{item['part']['eu']}/{item['listed']}"),
                Column("by_cn", lambda _, item: f"{item['part']['cn']}/{item['listed']}"),
                text("definition"),
            ),
        ),
        Section(
            _corrections,
            items="apart",
            columns=(
                label("measure", "number"),
                label("stated_by", "side", "by"),
                text("recorded_then", "recorded"),
                text("with_corrections", "corrected"),
            ),
        ),
        Section(
            items="corrections",
            columns=(
                text("number"),
                label("corrected_by", "side", "by"),
                text("position"),
                text("stated_before", "before"),
                text("corrected_in"),
                text("stated_after", "after"),
            ),
        ),
    ),
    filters=(
        option(
            "--on",
            "Count as of this date in Beijing, such as 2025-10-21; without it, today.",
            "date",
        ),
        option(
            "--sort",
            "Order lists and control codes: the newest, the oldest, or those with most "
            "applications first.",
            Choice("newest", "oldest", "most"),
        ),
        option(
            "--counting",
            "Count as recorded then, or as recorded then with the corrections since; without it, "
            "by the present record.",
            Choice("recorded", "corrected"),
        ),
        option(
            "--eu",
            "Count up to this entry of the EU, such as EU-811; without it, the last one of the "
            "date.",
            "number",
        ),
        option(
            "--cn",
            "Count up to this entry of CN, such as CN-340; without it, the last one of the date.",
            "number",
        ),
        option(
            "--corrected-eu",
            "Count corrections of the EU up to this entry; without it, the last one.",
            "number",
        ),
        option(
            "--corrected-cn",
            "Count corrections of CN up to this entry; without it, the last one.",
            "number",
        ),
    ),
    in_language=True,
).alone()
