"""Sign-off routes: the file, the times of its steps, and a draft's way in the private log."""

from __future__ import annotations

import tomllib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from special_channel.core.bytes.errors import Malformed
from special_channel.core.bytes.ids import PARTIES
from special_channel.core.entries import SHARED_KINDS
from special_channel.core.rows.routes import RouteRow
from special_channel.core.time.routes import DraftNature, parse_routes, route_for, stated_steps
from tests.core.calendar_files import both_sides
from tests.core.test_private import PrivateLog, code_of
from tests.stories import busy

DRAFT, CHANGED = "d" * 64, "e" * 64
EXAMPLES = Path(__file__).resolve().parents[2] / "config" / "routes"
TITLE = {"en": "Answers", "zh": "复函"}
STEPS: list[dict[str, Any]] = [
    {"word": "draft"},
    {"word": "check", "role": "desk"},
    {"word": "consult", "desks": ["customs", "licensing"]},
    {"word": "release", "role": "head", "paper": True},
]


@pytest.fixture
def log() -> PrivateLog:
    return PrivateLog(busy())


def written(*roles: str) -> dict[str, Any]:
    return {"lang": "en", "parts": [{"k": role, "c": "a" * 64} for role in roles]}


def routing(log: PrivateLog, draft: str = DRAFT, **body: Any) -> dict[str, Any]:
    stated = {"id": draft, "route": "answers", "author": log.world.eu.person("desk")}
    parts = [{"k": "data", "c": "a" * 64}]
    body = stated | {"steps": STEPS} | body
    return log.payload("draft.routed", by="node", body=body, parts=parts)


def checking(log: PrivateLog, by: str, step: int, **body: Any) -> dict[str, Any]:
    fields = {name: body.pop(name) for name in ("parts", "lang", "as") if name in body}
    stated = {"id": DRAFT, "step": step, "person": log.world.eu.person(by), "answer": "agreed"}
    return log.payload("draft.checked", by=by, body=stated | body, **fields)


def returning(log: PrivateLog, by: str, **body: Any) -> dict[str, Any]:
    return log.payload("draft.returned", by=by, body={"id": DRAFT} | body, **written("text"))


def clearing(log: PrivateLog, by: str, draft: str = DRAFT) -> dict[str, Any]:
    return log.payload("draft.cleared", by=by, body={"id": draft})


def row_of(log: PrivateLog, draft: str = DRAFT) -> RouteRow:
    row = log.rows["route", draft]
    assert isinstance(row, RouteRow)
    return row


def routed(log: PrivateLog, steps: list[dict[str, Any]] | None = None) -> None:
    log.append(routing(log, steps=steps or STEPS), "node")


def test_draft_passes_each_step_and_is_released(log):
    routed(log)
    assert (row_of(log).step, row_of(log).now.word, row_of(log).last) == (2, "check", False)
    log.append(checking(log, "clerk", 2), "clerk")
    assert row_of(log).open_desks == ("customs", "licensing")
    assert row_of(log).awaits("desk", "customs")
    assert not row_of(log).awaits("desk", "leadership")
    consulted = checking(log, "other-desk", 3, desk="customs", answer="unconcerned")
    log.append(consulted, "other-desk")
    assert (row_of(log).step, row_of(log).open_desks) == (3, ("licensing",))
    assert not row_of(log).awaits("desk", "customs"), "a desk answers once"
    log.append(checking(log, "director", 3, desk="licensing", **written("text")), "director")
    assert row_of(log).last
    log.append(clearing(log, "head"), "head")
    assert row_of(log).ended == "released"
    assert [(each.step, each.answer) for each in row_of(log).answers] == [
        (2, "agreed"), (3, "unconcerned"), (3, "agreed"),
    ]  # fmt: skip
    assert code_of(log.append, clearing(log, "head"), "head") == "route-step"


def test_changed_draft_goes_on_with_the_answers_before(log):
    routed(log)
    log.append(checking(log, "clerk", 2, answer="changed", next=CHANGED), "clerk")
    assert code_of(log.append, checking(log, "other-desk", 3, desk="customs"), "other-desk") == (
        "route-step"
    )
    for wrong in ({"follows": "f" * 64}, {"follows": DRAFT, "route": "other"}):
        assert code_of(log.append, routing(log, CHANGED, **wrong), "node") == "reference"
    fewer = routing(log, CHANGED, follows=DRAFT, steps=[STEPS[0], STEPS[3]])
    assert code_of(log.append, fewer, "node") == "reference"
    id_ = log.append(routing(log, CHANGED, follows=DRAFT), "node")
    row = row_of(log, CHANGED)
    assert (row.step, row.next, [each for each, _ in row.versions]) == (3, "", [DRAFT, CHANGED])
    assert row.versions[1][1] == id_
    assert row.author == log.world.eu.person("desk")
    other = routing(log, "f" * 64, follows=DRAFT)
    assert code_of(log.append, other, "node") == "reference"


def test_draft_goes_back_to_a_chosen_step(log):
    routed(log)
    log.append(checking(log, "clerk", 2), "clerk")
    for desk, who in (("customs", "other-desk"), ("licensing", "director")):
        log.append(checking(log, who, 3, desk=desk), who)
    assert code_of(log.append, returning(log, "head", to=4), "head") == "route-step"
    assert code_of(log.append, returning(log, "director"), "director") == "route-twice"
    log.append(returning(log, "head", to=3), "head")
    assert (row_of(log).step, row_of(log).open_desks) == (3, ("customs", "licensing"))
    assert [each.step for each in row_of(log).counted] == [2]
    log.append(returning(log, "other-desk"), "other-desk")
    assert (row_of(log).ended, row_of(log).answers[-1].to) == ("returned", 1)
    assert code_of(log.append, checking(log, "clerk", 2), "clerk") == "route-step"


def test_leader_without_a_key_decides_on_paper(log):
    steps = [STEPS[0], {"word": "release", "paper": True}]
    routed(log, steps)
    assert code_of(log.append, clearing(log, "head"), "head") == "route-person"
    paper = {"on": "2026-12-01", **written("text", "text", "text", "file")}
    assert code_of(log.append, checking(log, "desk", 2, **paper), "desk") == "route-twice"
    log.append(checking(log, "clerk", 2, **paper), "clerk")
    decided = row_of(log).decided
    assert decided is not None
    assert (decided.on, decided.person, row_of(log).step) == (
        "2026-12-01", log.world.eu.person("clerk"), 2,
    )  # fmt: skip
    again = checking(log, "head", 2, **paper)
    assert code_of(log.append, again, "head") == "entry-malformed", "decided already"
    assert code_of(log.append, clearing(log, "desk"), "desk") == "route-twice"
    log.append(clearing(log, "clerk"), "clerk")
    assert row_of(log).ended == "released"


def test_recorder_sends_back_what_was_refused_on_paper(log):
    routed(log, [STEPS[0], {"word": "release", "paper": True}])
    log.append(returning(log, "clerk"), "clerk")
    assert row_of(log).ended == "returned"


def test_stand_in_answers_for_the_absent_official(log):
    world = log.world
    absent = world.eu.person("other-desk")
    until = {"until": "2027-01-01T00:00:00Z", "for": absent}
    world.grant("eu", "clerk", "head", grant=2, role="desk", desk="customs", **until)
    routed(log, [STEPS[0], {"word": "consult", "desks": ["customs"]}, STEPS[3]])
    own = checking(log, "clerk", 2, desk="customs")
    assert code_of(log.append, own, "clerk") == "route-person"
    log.append(own | {"as": 2}, "clerk")
    assert row_of(log).last


@pytest.mark.parametrize(
    ("by", "step", "body", "code"),
    [
        ("clerk", 2, {"id": "f" * 64}, "route-unknown"),
        ("clerk", 3, {}, "route-step"),
        ("head", 2, {}, "route-person"),
        ("desk", 2, {}, "route-twice"),
        ("clerk", 2, {"person": "0" * 32}, "route-person"),
        ("clerk", 2, {"answer": "changed"}, "entry-malformed"),
        ("clerk", 2, {"next": CHANGED}, "entry-malformed"),
        ("clerk", 2, {"answer": "unconcerned"}, "entry-malformed"),
        ("clerk", 2, {"desk": "licensing"}, "entry-malformed"),
        ("clerk", 2, {"on": "2026-12-01"}, "entry-malformed"),
        ("clerk", 2, written("file"), "entry-malformed"),
        ("clerk", 2, {"lang": "en"}, "entry-malformed"),
    ],
)
def test_answer_out_of_turn_or_form_is_refused(log, by, step, body, code):
    routed(log)
    assert code_of(log.append, checking(log, by, step, **body), by) == code
    assert row_of(log).answers == ()


@pytest.mark.parametrize(
    ("by", "body", "code"),
    [
        ("head", {"desk": "licensing"}, "route-person"),
        ("clerk", {"desk": "customs"}, "route-person"),
        ("other-desk", {"desk": "customs"}, "route-step"),
        ("clerk", {}, "entry-malformed"),
    ],
)
def test_each_desk_answers_once_and_for_itself(log, by, body, code):
    routed(log, [STEPS[0], {**STEPS[2], "role": "desk"}, STEPS[3]])
    log.append(checking(log, "other-desk", 2, desk="customs"), "other-desk")
    assert code_of(log.append, checking(log, by, 2, **body), by) == code


@pytest.mark.parametrize("paper", [{}, {"on": "2026-12-01", **written("text", "file")}])
def test_last_step_is_answered_on_paper_alone(log, paper):
    routed(log, [STEPS[0], STEPS[3]])
    assert code_of(log.append, checking(log, "head", 2, **paper), "head") == "entry-malformed"
    assert code_of(log.append, clearing(log, "clerk"), "clerk") == "route-person"


@pytest.mark.parametrize(
    "steps",
    [STEPS[1:], STEPS[:3], [STEPS[0], STEPS[3], STEPS[3]], [STEPS[0], STEPS[0], STEPS[3]]],
)
def test_route_begins_with_its_draft_and_ends_with_its_release(log, steps):
    assert code_of(log.append, routing(log, steps=steps), "node") == "entry-malformed"


def test_draft_has_one_route_and_another_draft_none(log):
    routed(log)
    assert code_of(log.append, routing(log), "node") == "route-known"
    other = log.payload("draft.returned", by="head", body={"id": CHANGED, "to": 1})
    assert code_of(log.append, other | written("text"), "head") == "route-unknown"
    log.append(other | {"body": {"id": CHANGED}} | written("text"), "head")
    log.append(clearing(log, "head", CHANGED), "head")
    assert [key for key in log.rows if key[0] == "route"] == [("route", DRAFT)]
    assert row_of(log).elsewhere("") is False


def test_machines_draft_has_no_author(log):
    body = {name: value for name, value in routing(log)["body"].items() if name != "author"}
    log.append(routing(log) | {"body": body}, "node")
    assert row_of(log).author == ""
    assert row_of(log).counted == ()


# The file --------------------------------------------------------------------------------


def raw(*steps: dict[str, Any], **route: Any) -> dict[str, Any]:
    release = {"word": "release", "office": TITLE}
    stated = {"id": "answers", "title": TITLE, "kinds": ["note.posted"]}
    return {"v": 1, "side": "eu", "routes": [stated | {"steps": [*steps, release]} | route]}


def test_first_route_that_fits_is_taken():
    urgent = raw(id="urgent", urgency=["urgent", "line_stop"], levels=["director"])
    routes = parse_routes(
        urgent | {"routes": [*urgent["routes"], *raw()["routes"]]}, "eu", SHARED_KINDS
    )
    for nature, id_ in (
        (DraftNature("note.posted", "urgent", "director"), "urgent"),
        (DraftNature("note.posted", "urgent"), "answers"),
        (DraftNature("note.posted"), "answers"),
        (DraftNature("batch.listed"), None),
    ):
        route = route_for(routes, nature)
        assert (route.id if route else None) == id_
    assert routes.titled("urgent") == routes.office("answers")
    assert routes.titled("gone") is routes.office("gone") is None


def test_times_count_back_in_our_working_days():
    check = {"word": "check", "role": "desk", "before": {"working_days": 2, "seconds": 60}}
    consult = {"word": "consult", "desks": ["customs"]}
    [route] = parse_routes(raw(check, consult), "eu", SHARED_KINDS).routes
    due = datetime(2026, 12, 8, 16, 30, tzinfo=UTC)  # a Tuesday
    calendar = both_sides()["eu"]
    draft, first, second, last = stated_steps(route, calendar, due)
    assert draft == {"word": "draft"}
    assert first == {"word": "check", "role": "desk", "by": "2026-12-04T16:29:00Z"}
    assert second == {"word": "consult", "desks": ["customs"]}
    assert last == {"word": "release", "paper": True}
    assert "by" not in str(stated_steps(route, calendar, None))


@pytest.mark.parametrize("side", PARTIES)
def test_example_of_each_side_is_valid_and_alike(side):
    files = {party: tomllib.loads((EXAMPLES / f"{party}.toml").read_text()) for party in PARTIES}
    routes = parse_routes(files[side], side, SHARED_KINDS)
    assert [route.id for route in routes.routes] == ["line-stop", "answers"]
    for eu, cn in zip(*(files[party]["routes"] for party in PARTIES), strict=True):
        assert [each["word"] for each in eu["steps"]] == [each["word"] for each in cn["steps"]]


CHECK = {"word": "check", "role": "desk"}


@pytest.mark.parametrize(
    ("data", "field"),
    [
        (raw(side="eu"), "routes.0.side"),
        (raw() | {"side": "cn"}, "side"),
        (raw(kinds=["note.lost"]), "kinds"),
        (raw() | {"v": 2}, "v"),
        ({}, "v"),
        (raw({"word": "check"}), "routes.0.steps.0"),
        (raw(CHECK | {"office": TITLE}), "routes.0.steps.0"),
        (raw({"word": "consult", "desks": ["customs", "customs"]}), "routes.0.steps.0"),
        (raw(steps=[{"word": "release", "desks": ["customs"]}]), "routes.0.steps.0"),
        (raw({"word": "release", "role": "head"}), "routes.0"),
        (raw(steps=[CHECK]), "routes.0"),
        (raw() | {"routes": raw()["routes"] * 2}, "file"),
    ],
)
def test_file_that_does_not_hold_together_is_refused(data, field):
    with pytest.raises(Malformed) as caught:
        parse_routes(data, "eu", SHARED_KINDS)
    assert (caught.value.code, caught.value.args and field in str(vars(caught.value))) == (
        "routes-malformed", True,
    )  # fmt: skip
