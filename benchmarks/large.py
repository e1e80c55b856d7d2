"""A large record: 10,000 applications on lists, answered, some decided; 5,000 notes in threads.

Signed and sent through the API that officials use. Every number is fictional.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final, TypeVar

from benchmarks.permits import load_permits
from special_channel.core.bytes.ids import ThreadId
from special_channel.core.bytes.times import timestamp
from special_channel.core.rows.submission import Submission
from special_channel.core.time.calendars import Calendar
from special_channel.desk import payloads
from special_channel.desk.payloads import Fields, NoteDraft, Question, ThreadDraft
from special_channel.sample.sending import (
    id_of,
    release_sheet,
    send_reasoned,
    wait_until_mirrored,
)
from special_channel.sample.stage import Stage

_T = TypeVar("_T")

LISTS: Final = 20
ROWS: Final = 500
THREADS: Final = 250
NOTES: Final = 20
_AT_ONCE: Final = 500
_FIRST: Final = date(2025, 11, 7)
_RUNNING: Final = ("review", "accepted", "expert")
_STATES: Final = ("review", "review", "review", "accepted", "expert", "returned", "supplement")


@dataclass(frozen=True, slots=True)
class Large:
    """What was made, for the addresses of pages."""

    number: str
    batch: str
    thread: str
    meeting: str
    size: str


async def load_large(stage: Stage, *, lists: int = LISTS, threads: int = THREADS) -> Large:
    """Load the record; return once it is mirrored."""
    draw = random.Random(20261124)  # noqa: S311 - fiction
    numbers = [f"FIKTIV-25-{2_000_000 + place * 7}" for place in range(lists * ROWS)]
    batch, accepted = "", dict[str, date]()
    for place in range(lists):
        some = numbers[place * ROWS : (place + 1) * ROWS]
        batch, known = await _list(stage, place, some, draw)
        accepted |= known
    approved = await _decisions(stage, accepted, draw)
    opened = await _threads(stage, numbers, threads, draw)
    meeting = await load_permits(stage, numbers, approved, draw)
    await wait_until_mirrored(stage, "cn")
    await wait_until_mirrored(stage, "eu")
    size = f"{len(numbers):,} applications, {threads * NOTES:,} notes"
    return Large(numbers[len(numbers) // 2], batch, opened, meeting, size)


async def _list(
    stage: Stage, place: int, numbers: Sequence[str], draw: random.Random
) -> tuple[str, dict[str, date]]:
    """Send a list and its return sheet; return its number, and when what runs was accepted."""
    closed = _FIRST + timedelta(days=14 * place)
    eu, second = stage.officials["eu-desk-1"], stage.officials["eu-head"]
    cn, head = stage.officials["cn-desk-1"], stage.officials["cn-head"]
    rows = [_row(row, number, closed, draw) for row, number in enumerate(numbers, 1)]

    async def sign() -> Submission:
        return payloads.batch_listed(await eu.author(), f"B{place + 1:02d}", rows)

    listed, position = await release_sheet(stage, f"B{place}", eu, second, sign)
    await wait_until_mirrored(stage, "eu")
    answers = [answer_row(row, number, closed, draw) for row, number in enumerate(numbers, 1)]

    async def answer() -> Submission:
        return payloads.batch_answered(await cn.author(), id_of(listed), answers)

    await release_sheet(stage, f"A{place}", cn, head, answer)
    running = [each for each in answers if each["state"] in _RUNNING]
    accepted = {str(row["number"]): str(row["accepted_on"]) for row in running}
    return position, {number: date.fromisoformat(day) for number, day in accepted.items()}


def _row(row: int, number: str, closed: date, draw: random.Random) -> Fields:
    urgency = draw.choice(("normal", "normal", "urgent", "line_stop"))
    stop: Fields = {"stop_on": (closed + timedelta(days=12)).isoformat()}
    return (stop if urgency == "line_stop" else {}) | {
        "row": row,
        "number": number,
        "urgency": urgency,
        "rank": row,
        "first_listed": closed.isoformat(),
        "times_listed": 1,
        "state": draw.choice(("submitted", "review")),
        "as_of": (closed - timedelta(days=1)).isoformat(),
        "question": "status",
    }


def answer_row(row: int, number: str, closed: date, draw: random.Random) -> Fields:
    """Make one row of a return sheet that can be true."""
    state, accepted = draw.choice(_STATES), closed - timedelta(days=draw.randint(5, 40))
    known: Fields = {"accepted_on": _weekday(accepted).isoformat()}
    if state == "supplement":
        known = {"missing": ["contract"]}
    elif state == "returned":
        known |= {"remark": "resubmit"}
    return {
        "row": row,
        "number": number,
        "match": "found",
        "state": state,
        "as_of": (closed + timedelta(days=3)).isoformat(),
        **known,
    }


async def _decisions(
    stage: Stage, accepted: Mapping[str, date], draw: random.Random
) -> dict[str, date]:
    """Let MOFCOM state the course of most running applications, and the EU side of every third.

    Return the applications that MOFCOM states as approved, with the days of the decisions.
    Courses can be true: a finding would be refused, and each refusal sends its request again.
    """
    cn, eu = stage.officials["cn-desk-1"], stage.officials["eu-desk-1"]
    days, numbers, approved = stage.calendars["cn"], list(accepted), dict[str, date]()
    for some in _slices([number for place, number in enumerate(numbers) if place % 5]):
        author = await cn.author()
        courses = [_course(each, accepted[each], days, draw, "bureau") for each in some]
        await send_reasoned(cn, [payloads.application_asserted(author, each) for each in courses])
        approved |= {
            str(each["number"]): date.fromisoformat(str(each["decided_on"]))
            for each in courses
            if each["decision"] == "approved"
        }
    for some in _slices(numbers[::3]):
        author = await eu.author()
        courses = [_course(each, accepted[each], days, draw, "supplier") for each in some]
        await send_reasoned(eu, [payloads.application_asserted(author, each) for each in courses])
    return approved


def _weekday(day: date) -> date:
    """Return the day, or the Friday before."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def _course(
    number: str, accepted: date, days: Calendar, draw: random.Random, source: str
) -> Fields:
    decided = accepted + timedelta(days=draw.randint(45, 60))
    while not days.is_working_day(decided):
        decided -= timedelta(days=1)
    end = draw.choice(("approved", "approved", "approved", "refused"))
    return {
        "number": number,
        "state": end,
        "as_of": decided.isoformat(),
        "source": source,
        "clock": [
            {"act": "accepted", "on": accepted.isoformat()},
            {"act": "decided", "on": decided.isoformat()},
        ],
        "decision": end,
        "decided_on": decided.isoformat(),
    }


async def _threads(stage: Stage, numbers: Sequence[str], count: int, draw: random.Random) -> str:
    """Open threads on some applications each, with notes; one in three asks something."""
    eu, cn = stage.officials["eu-desk-1"], stage.officials["cn-desk-1"]
    digest, _ = await eu.charter()
    ids = [stage.draw(16).hex() for _ in range(count)]
    author = await eu.author()
    positions = await eu.send(
        [
            payloads.thread_opened(
                author,
                ThreadDraft(
                    id_,
                    "en",
                    f"Applications {place * 40 + 1} to {place * 40 + 5}: certificates",
                    applications=tuple(numbers[(place * 40 + k) % len(numbers)] for k in range(5)),
                ),
            )
            for place, id_ in enumerate(ids)
        ]
    )
    await wait_until_mirrored(stage, "eu")
    for official, lang in ((eu, "en"), (cn, "zh-CN")):
        author = await official.author()
        notes = [
            payloads.note_posted(
                author,
                NoteDraft(
                    id_,
                    lang,
                    f"Note {number}: the certificates lack a stamp.",
                    questions=_asked(stage, official.party) if not number and asks else (),
                    charter=digest,
                ),
            )
            for id_ in ids
            for asks in (draw.random() < 1 / 3,)
            for number in range(NOTES // 2)
        ]
        for some in _slices(notes):
            await official.send(some)
    return positions[count // 2]


async def long_thread(stage: Stage, count: int) -> tuple[ThreadId, str]:
    """Open a thread with many notes of our side; return its id and number once it is mirrored."""
    id_ = ThreadId(stage.draw(16).hex())
    eu = stage.officials["eu-desk-1"]
    opening = ThreadDraft(id_, "en", "A long correspondence about certificates")
    [position] = await eu.send([payloads.thread_opened(await eu.author(), opening)])
    author = await eu.author()
    notes = [note_of(author, id_, f"Note {number} of many: no stamp.") for number in range(count)]
    for some in _slices(notes):
        await eu.send(some)
    await wait_until_mirrored(stage, "eu")
    return id_, position


def note_of(author: payloads.Author, thread: ThreadId, text: str) -> Submission:
    """Make a plain note of a thread."""
    return payloads.note_posted(author, NoteDraft(thread, "en", text))


def _asked(stage: Stage, party: str) -> tuple[Question, ...]:
    # In office hours: another time would need its reason.
    answering = stage.calendars["cn" if party == "eu" else "eu"]
    due = timestamp(answering.next_opening(stage.now() + timedelta(days=12)))
    return (Question("Which papers are missing?", "", "cn" if party == "eu" else "eu", due),)


def _slices(items: Sequence[_T]) -> Iterator[Sequence[_T]]:
    for first in range(0, len(items), _AT_ONCE):
        yield items[first : first + _AT_ONCE]
