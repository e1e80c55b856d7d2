"""Corrections of statements, revoked approvals and marks of differences: judged and folded."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.audit.scope import Scope, names
from special_channel.core.bytes.ids import Party
from special_channel.core.entries import parse
from special_channel.core.rows.application_facts import CorrectionFact, DifferenceFact, MatchFact
from special_channel.core.rows.licences import DrawRow, LicenceRow
from special_channel.core.rules.state import EntryRow
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import directory, scoped
from tests.core.judging import code_of, refusal
from tests.permits import LICENCE, amend, draw, issue, list_row, mark, request
from tests.stories import DUE
from tests.world import Entry, World

NUMBER = "A-1"


def held(world, table, key):
    world.exchange()
    assert world.eu.digest == world.cn.digest
    return world.eu.replay.rows[table, key]


def application(world):
    return held(world, "application", NUMBER)


def ref(entry: Entry, row: int = 0) -> dict[str, Any]:
    return {"id": entry.id} | ({"row": row} if row else {})


def state(world: World, party="cn", **changed: Any) -> Entry:
    body = {"number": NUMBER, "state": "review", "as_of": "2026-11-20", "source": "bureau"}
    return world.append(party, world.payload(party, "application.asserted", body=body | changed))


def revoke(world: World, approval: dict[str, Any], party="cn", **changed: Any) -> Entry:
    body = {"number": NUMBER, "approval": approval, "on": "2026-11-23", "after": "review"}
    return world.append(party, world.payload(party, "approval.revoked", body=body | changed))


def differ(world: World, party: Party, body: dict[str, Any]) -> Entry:
    return world.append(party, world.payload(party, "difference.marked", body=body))


@pytest.fixture
def batch(world):
    listed = world.list_batch([NUMBER, "A-2", "A-3"])
    world.exchange()
    return listed


# Corrections -------------------------------------------------------------------------


def each_unit(world: World, batch: Entry) -> dict[str, tuple[Party, dict[str, Any]]]:
    """One statement on the number for each kind that may be corrected, with its side."""
    answered = world.answer_batch(
        batch,
        [
            {"row": 1, "number": NUMBER, "state": "approved", "as_of": "2026-11-20"},
            {"row": 2, "number": "A-2"},
        ],
    )
    stateless = world.answer_batch(batch, [{"row": 1, "number": NUMBER, "match": "not_found"}])
    added = amend(world, batch, added=[list_row(4, NUMBER, state="review", as_of="2026-11-20")])
    return {
        "batch.listed": ("eu", ref(batch, 1)),
        "batch.amended": ("eu", ref(added, 4)),
        "batch.answered": ("cn", ref(answered, 1)),
        "a match alone": ("cn", ref(stateless, 1)),
        "application.asserted": ("cn", ref(state(world))),
        "clock.marked": ("eu", ref(mark(world, "eu", NUMBER, "accepted", "2026-11-02"))),
        "approval.revoked": ("cn", ref(revoke(world, ref(answered, 1)))),
    }


@pytest.mark.parametrize(
    "unit",
    [
        "batch.listed",
        "batch.amended",
        "batch.answered",
        "a match alone",
        "application.asserted",
        "clock.marked",
        "approval.revoked",
    ],
)
def test_a_side_corrects_each_of_its_statements(world, batch, unit):
    party, corrects = each_unit(world, batch)[unit]
    right = state(world, party, corrects=corrects)
    recorded = application(world).corrections
    named = world.eu.replay.rows["entry", corrects["id"]]
    assert isinstance(named, EntryRow)
    index, row = named.index, corrects.get("row", 0)
    assert recorded == (CorrectionFact(party, right.position.index, 0, corrects["id"], index, row),)
    again = state(world, party, corrects=ref(right))
    assert application(world).corrections[-1].index == again.position.index


def test_each_kind_with_a_correction_records_it(world, batch):
    wrong = world.answer_batch(batch, [{"row": 1, "number": NUMBER, "state": "approved"}])
    sheet = [
        {"row": 1, "number": NUMBER, "corrects": ref(wrong, 1)},
        {"row": 2, "number": "A-2", "state": "review", "as_of": "2026-11-20"},
    ]
    right = world.answer_batch(batch, sheet)
    marked = mark(world, "cn", NUMBER, "accepted", "2026-11-02", corrects=ref(right, 1))
    revoked = revoke(world, ref(wrong, 1), corrects=ref(marked))
    listed = world.list_batch([NUMBER], list_="W48", corrects=ref(batch, 1))
    added = amend(world, listed, added=[list_row(2, NUMBER, corrects=ref(listed, 1))])
    row = application(world)
    assert [(each.party, each.index, each.row, each.corrected) for each in row.corrections] == [
        ("cn", right.position.index, 1, wrong.id),
        ("cn", marked.position.index, 0, right.id),
        ("cn", revoked.position.index, 0, marked.id),
        ("eu", listed.position.index, 1, batch.id),
        ("eu", added.position.index, 2, listed.id),
    ]
    assert row.matches == (MatchFact(right.position.index, 1, "found", right.id),)
    assert [each.row for each in row.cn] == [1, 0]
    assert held(world, "application", "A-2").cn[-1].row == 2


@pytest.mark.parametrize(
    ("corrects", "code"),
    [
        (lambda _: {"id": "a" * 64}, "reference"),
        (lambda made: ref(made["theirs"]), "owner"),
        (lambda made: ref(made["sheet"]), "reference"),
        (lambda made: ref(made["sheet"], 2), "reference"),
        (lambda made: ref(made["sheet"], 9), "reference"),
        (lambda made: ref(made["own"], 1), "reference"),
        (lambda made: ref(made["other"]), "reference"),
        (lambda made: ref(made["link"]), "reference"),
        (lambda made: ref(made["own"]) | {"row": 0}, "entry-malformed"),
        (lambda made: ref(made["own"]) | {"row": 2001}, "entry-malformed"),
        (lambda made: ref(made["own"]) | {"rows": 1}, "field-unknown"),
        (lambda _: {"row": 1}, "entry-malformed"),
    ],
    ids=range(12),
)
def test_a_correction_that_names_no_own_statement_is_refused(world, batch, corrects, code):
    link = {"number": NUMBER, "former": "A-0", "basis": "refiled"}
    made = {
        "theirs": state(world, "eu"),
        "sheet": world.answer_batch(
            batch,
            [
                {"row": 1, "number": NUMBER, "state": "review", "as_of": "2026-11-20"},
                {"row": 2, "number": "A-2", "state": "review", "as_of": "2026-11-20"},
            ],
        ),
        "own": state(world),
        "other": state(world, number="A-9"),
        "link": world.append("cn", world.payload("cn", "application.linked", body=link)),
    }
    world.exchange()
    body = {"number": NUMBER, "state": "review", "as_of": "2026-11-20", "source": "bureau"}
    payload = world.payload("cn", "application.asserted", body=body | {"corrects": corrects(made)})
    if code in {"reference", "owner"}:
        assert refusal(world, "cn", payload) == code
    else:
        assert code_of(world.append, "cn", payload) == code


def test_a_correction_under_another_number_is_refused(world):
    wrong = state(world)
    assert code_of(state, world, number="B-7", corrects=ref(wrong)) == "reference"


def test_two_rows_of_one_sheet_correct_one_statement_once(world, batch):
    wrong = state(world, "eu")
    world.exchange()
    twice = [NUMBER, NUMBER]
    assert code_of(world.list_batch, twice, list_="W48", corrects=ref(wrong)) == "reference"


def test_a_licence_is_corrected_by_its_own_number(world):
    wrong = issue(world, applications=[NUMBER])
    other = issue(world, licence="another")
    assert code_of(issue, world, corrects=ref(other)) == "reference"
    assert code_of(issue, world, corrects=ref(wrong, 1)) == "reference"
    assert code_of(issue, world, licence="new", corrects=ref(wrong)) == "reference"
    issue(world, applications=[NUMBER], corrects=ref(wrong))
    row = held(world, "licence", LICENCE)
    assert isinstance(row, LicenceRow)
    assert [each.corrects for each in row.issues] == ["", wrong.id]
    assert code_of(state, world, corrects=ref(wrong)) == "reference", "it has an entry of its own"


def test_a_draw_down_is_corrected_without_a_row(world):
    issue(world)
    wrong = draw(world, "10")
    assert code_of(draw, world, "1", corrects=ref(wrong, 1)) == "reference"
    right = draw(world, "1", corrects=ref(wrong))
    row = held(world, "draw", right.id)
    assert isinstance(row, DrawRow)
    assert row.corrects == wrong.id


# Revoked approvals -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("after", "decision", "on"), [("refused", "refused", "2026-11-23"), ("review", "", "")]
)
def test_a_revoked_approval_leaves_the_state_that_is_stated(world, after, decision, on):
    approved = state(world, state="approved", decision="approved", decided_on="2026-11-18")
    entry = revoke(world, ref(approved), after=after)
    latest = application(world).latest("cn")
    assert (latest.state, latest.as_of, latest.source) == (after, "2026-11-23", "revocation")
    assert (latest.decision, latest.decided_on, latest.id) == (decision, on, entry.id)


def test_an_approval_is_revoked_by_any_statement_of_it(world, batch):
    sheet = [{"row": 1, "number": NUMBER, "state": "used"}]
    revoke(world, ref(world.answer_batch(batch, sheet), 1))
    revoke(world, ref(state(world, state="customs_query", decision="approved")))


def test_only_cn_revokes_an_approval_that_it_stated(world):
    theirs = state(world, "eu", state="approved")
    other = state(world, number="A-9", state="approved")
    review = state(world)
    marked = mark(world, "cn", NUMBER, "decided", "2026-11-02")
    licence = issue(world, applications=["A-9"])
    world.exchange()
    assert code_of(revoke, world, ref(theirs)) == "owner"
    for wrong in (other, review, marked, licence):
        assert code_of(revoke, world, ref(wrong)) == "reference"
    approved = state(world, state="approved")
    assert code_of(revoke, world, ref(approved, 1)) == "reference"
    world.exchange()
    assert code_of(revoke, world, ref(approved), "eu") == "owner"
    assert code_of(revoke, world, ref(approved), corrects=ref(theirs)) == "owner"
    revoke(world, ref(approved))


@pytest.mark.parametrize(
    "changed", [{"after": "approved"}, {"on": "2026-13-01"}, {"number": ""}, {"date": "today"}]
)
def test_a_revocation_outside_the_schema_is_refused(world, changed):
    approved = state(world, state="approved")
    code = "field-unknown" if "date" in changed else "entry-malformed"
    assert code_of(revoke, world, ref(approved), **changed) == code
    assert code_of(revoke, world, {}) == "entry-malformed"


# Marks of differences ----------------------------------------------------------------


@pytest.fixture
def differing(world, batch):
    """EU's and CN's statements on one number, and questions of both sides."""
    world.answer_batch(batch, [{"row": 1, "number": NUMBER, "state": "approved"}])
    made = {"eu": state(world, "eu"), "cn": state(world, state="approved"), "batch": batch}
    thread = world.open_thread("eu").leaf.thread
    world.exchange()
    for party in ("eu", "cn"):
        asks = [world.ask(party, DUE, rule=None)]
        made[f"asked-{party}"] = world.note(party, thread, asks=asks)
    made["licence"] = issue(world, applications=[NUMBER])
    made["ended"] = issue(
        world, applications=[NUMBER], ended={"how": "revoked", "on": "2026-12-20"}
    )
    link = {"number": NUMBER, "former": "A-0", "basis": "refiled"}
    made["link"] = world.append("eu", world.payload("eu", "application.linked", body=link))
    made["asked"] = request(world, NUMBER)
    world.exchange()
    return made


def body_of(differing, **changed: Any) -> dict[str, Any]:
    body: dict[str, Any] = {
        "number": NUMBER,
        "field": "state",
        "act": "maintained",
        "eu": ref(differing["eu"]),
        "cn": ref(differing["cn"]),
    }
    return body | changed


def test_each_side_marks_a_difference(world, differing):
    maintained = differ(world, "eu", body_of(differing))
    explained = differ(
        world, "cn", body_of(differing, act="explained", reason="notice_date", field="decided_on")
    )
    question = {"id": differing["asked-eu"].id, "q": "1"}
    asked = differ(world, "eu", body_of(differing, act="asked", ask=question))
    listed = differ(world, "eu", body_of(differing, act="accepted", eu=ref(differing["batch"], 1)))
    both = differing["eu"].id, 0, differing["cn"].id, 0

    def fact(party, entry, field, act, *rest, **more):
        return DifferenceFact(party, entry.position.index, entry.id, field, act, *rest, **more)

    assert application(world).difference_marks == (
        fact("cn", explained, "decided_on", "explained", *both, reason="notice_date"),
        fact("eu", maintained, "state", "maintained", *both),
        fact("eu", asked, "state", "asked", *both, note=question["id"], q="1"),
        fact("eu", listed, "state", "accepted", differing["batch"].id, 1, differing["cn"].id, 0),
    )


@pytest.mark.parametrize(
    ("field", "units"),
    [
        ("licence", {"cn": "licence"}),
        ("licence", {"cn": "ended"}),
        ("link", {"eu": "link"}),
    ],
)
def test_a_difference_is_marked_for_a_licence_or_a_link(world, differing, field, units):
    named = {party: ref(differing[unit]) for party, unit in units.items()}
    differ(world, "cn", body_of(differing, field=field, **named))


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        (lambda _: {"act": "explained"}, "entry-malformed"),
        (lambda _: {"reason": "other_round"}, "entry-malformed"),
        (lambda _: {"act": "explained", "reason": "whatever"}, "entry-malformed"),
        (lambda _: {"act": "asked"}, "entry-malformed"),
        (lambda made: {"ask": {"id": made["asked-eu"].id, "q": "1"}}, "entry-malformed"),
        (lambda _: {"field": "missing"}, "entry-malformed"),
        (lambda made: {"eu": ref(made["cn"])}, "owner"),
        (lambda made: {"cn": ref(made["eu"])}, "owner"),
        (lambda _: {"cn": {"id": "a" * 64}}, "reference"),
        (lambda made: {"cn": ref(made["cn"], 1)}, "reference"),
        (lambda made: {"cn": ref(made["licence"], 1)}, "reference"),
        (lambda made: {"eu": ref(made["asked"])}, "reference"),
        (lambda _: {"number": "B-7"}, "reference"),
        (
            lambda made: {"act": "asked", "ask": {"id": made["asked-cn"].id, "q": "1"}},
            "owner",
        ),
        (
            lambda made: {"act": "asked", "ask": {"id": made["asked-eu"].id, "q": "2"}},
            "reference",
        ),
    ],
    ids=range(15),
)
def test_a_mark_that_does_not_hold_together_is_refused(world, differing, changed, code):
    assert code_of(differ, world, "eu", body_of(differing, **changed(differing))) == code


def test_a_mark_names_only_what_its_author_had(world, differing):
    later = state(world, state="issued")
    assert code_of(differ, world, "eu", body_of(differing, cn=ref(later))) == "reference"
    asks = [world.ask("eu", DUE, rule=None)]
    note = world.note("eu", differing["asked-eu"].leaf.thread, asks=asks)
    question = {"id": note.id, "q": "1"}
    assert (
        code_of(differ, world, "cn", body_of(differing, act="asked", ask=question)) == "reference"
    )


# Exports of a part of the record -----------------------------------------------------


def test_an_export_of_a_list_has_what_its_sheets_correct(world, batch):
    """A correction is judged with the statement that it names, which may be of another list."""
    first = amend(world, batch, added=[list_row(4, "A-4")])
    second = amend(world, batch, added=[list_row(5, NUMBER)], changed=[CHANGED])
    other = amend(world, world.list_batch(["A-9"], list_="W40"), withdrawn=[{"row": 1}])
    world.exchange()
    approved = world.answer_batch(batch, [{"row": 1, "number": NUMBER, "state": "approved"}])
    revoked = revoke(world, ref(approved, 1))
    listed = world.list_batch([NUMBER], list_="W48", corrects=ref(second, 5))
    world.exchange()
    answer = {"row": 1, "number": NUMBER, "state": "issued", "corrects": ref(revoked)}
    answered = world.answer_batch(listed, [answer])
    thread = world.open_thread("eu", batch=listed.id)
    world.exchange()
    named = {batch.id, first.id, second.id, approved.id, revoked.id, listed.id}
    for scope, about in (
        (Scope("batch", listed.id), {answered.id}),
        (Scope("thread", thread.leaf.thread or ""), set()),
    ):
        keep = directory(world) | named | about | {thread.id}
        if scope.kind == "batch":
            keep |= {other.id}
        else:
            keep -= {approved.id, revoked.id}
        report = scoped(evidence_of(world), scope, trust_of(world), keep=keep)
        assert report.verdict == "authentic-and-complete", report.findings
        less = scoped(evidence_of(world), scope, trust_of(world), keep=keep - {first.id})
        assert less.verdict != "authentic-and-complete"


CHANGED = {"row": 4, "urgency": "urgent", "rank": 2}


def test_an_entry_names_the_statements_that_it_is_about(world, differing):
    stated = ref(differing["cn"])
    revoked = revoke(world, stated, corrects=stated)
    question = {"id": differing["asked-eu"].id, "q": "1"}
    asked = differ(world, "eu", body_of(differing, act="asked", ask=question))
    maintained = differ(world, "eu", body_of(differing))
    both = {differing["eu"].id, differing["cn"].id}

    def of(entry: Entry) -> frozenset[str]:
        return names(parse(entry.envelope.payload))  # type: ignore[arg-type]

    assert of(revoked) == {stated["id"]}
    assert of(asked) == both | {question["id"]}
    assert of(maintained) == both
    assert of(differing["cn"]) == of(differing["link"]) == frozenset()
    assert of(state(world, corrects=stated)) == {stated["id"]}
