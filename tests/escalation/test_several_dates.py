"""Several due times at once: none hides another, and an answer stops one clock alone.

Failure modes 25 and 26, on real stores.
"""

from __future__ import annotations

import pytest

from special_channel.core.time.ladder import parse_ladder
from special_channel.escalation.people import Staff
from special_channel.stores.people import Official
from tests.escalation.bureau import ladder_of


async def test_later_question_with_earlier_date_masks_no_other(story, waiting):
    """Planted fault: one timer per thread, overwritten by each question (failure mode 26)."""
    long = await story.ask("eu", story.in_(90))
    await story.delivered()
    await waiting.settle()
    short = await story.ask("eu", story.in_(60))
    longest = await story.ask("eu", story.in_(120))
    await story.delivered()
    await waiting.settle()
    # A third question gets an earlier date: keeping the later of two looks would be too late.
    shortened = await story.ask("eu", story.in_(120))
    await story.delivered()
    await waiting.settle()
    said = {"q": "1", "due": story.in_(60)}
    proposal = await story.submit("cn", "date.proposed", ref=shortened[0], body=said)
    await story.delivered()
    body = said | {"basis": "agreed", "proposal": proposal.id}
    await story.submit("eu", "deadline.moved", ref=shortened[0], body=body)
    await waiting.settle()
    await story.delivered()
    outcomes: list[list[str]] = []
    for _ in range(3):
        await story.forward(30 if outcomes else 60)
        await waiting.settle(mail=False)
        outcomes.append([await story.outcome("eu", ask) for ask in (short, long, longest)])
    passed, open_ = "unanswered-confirmed", "open"
    assert outcomes == [
        [passed, open_, open_],
        [passed, passed, open_],
        [passed, passed, passed],
    ]
    row = await story.row("eu", shortened)
    assert [(fact.due, fact.fired) for fact in row.passed] == [(said["due"], said["due"])]


async def test_answer_with_a_question_stops_one_clock_starts_another(story, waiting, answering):
    """Planted fault: stopping every clock of the thread (failure mode 25)."""
    theirs = await story.ask("eu", story.in_(60))
    await story.delivered()
    ticked = [{"id": theirs[0], "q": ["1"]}]
    asks = [story.world.ask("cn", story.in_(90))]
    back = await story.submit(
        "cn", "note.posted", "It is sent.", lang="en", answers=ticked, asks=asks
    )
    await story.delivered()
    for bureau in (waiting, answering):
        await bureau.settle()
    await story.forward(60)
    for bureau in (waiting, answering):
        await bureau.settle()
    assert await story.outcome("eu", theirs) == "in-time"
    assert await story.outcome("cn", (back.id, "1")) == "open"
    await story.forward(30)
    for bureau in (answering, waiting):
        await bureau.settle()
    assert await story.outcome("cn", (back.id, "1")) == "unanswered-confirmed"
    assert await waiting.steps(theirs) == []


# A desk per step -----------------------------------------------------------------------


def official(role: str, desk: str, email: str = "a@eu.example") -> Official:
    return Official(0, "Fictional Name", role, "Unit", desk, email, "en")  # type: ignore[arg-type]


def with_desk(desk: str | None):
    raw = ladder_of("eu").model_dump(mode="json", exclude_none=True)
    if desk is not None:
        raw["steps"][0]["desk"] = desk
    return parse_ladder(raw)


@pytest.mark.parametrize(
    ("step_desk", "ask_desk", "told"),
    [
        (None, "permits", ["permits"]),  # holders at the question's own desk
        (None, "nowhere", ["permits", "trade"]),  # else all holders
        ("trade", "permits", ["trade"]),  # the ladder names the desk
    ],
)
def test_step_alerts_the_ladders_desk_else_the_questions(step_desk, ask_desk, told):
    people = (official("head", "permits"), official("head", "trade"), official("desk", "x"))
    ladder = with_desk(step_desk)
    found = Staff(people, ladder).recipients(ladder.steps[0], ask_desk)
    assert [one.desk for one in found] == told


def test_step_without_a_holder_is_skipped():
    people = (official("head", "permits"), official("director", "unit"))
    assert Staff(people, with_desk("trade")).absent() == {1, 3}
    assert Staff(people, with_desk("permits")).absent() == {3}
