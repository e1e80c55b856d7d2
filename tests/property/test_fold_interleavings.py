"""Rules 2, 4 and 6: any causal order of arrival gives the same verdicts and state."""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress

import pytest

from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.errors import Refused
from special_channel.core.bytes.ids import PARTIES, KeyId, Party, Position, peer_of
from special_channel.core.replay.replay import Replay, UnjudgedEntry
from special_channel.core.rows.applications import ApplicationRow
from special_channel.core.rows.meetings import PointRow
from special_channel.core.rows.questions import QuestionRow
from special_channel.core.rules.state import digest_of
from tests.permits import amend, issue, list_row, mark, reply, request
from tests.permits import draw as draw_down
from tests.stories import Story, busy
from tests.world import Entry, World, marked

INTERLEAVINGS = 1000


Act = Callable[[Story, Party, random.Random], object]


def concurrent_world(seed: int) -> World:
    """Both sides write without delivery for random periods, with conflicts."""
    return written(busy(), seed, ACTS, 20)


def permits_world(seed: int) -> World:
    """A list, a licence and a request for priority, with concurrent entries about them."""
    world = World.founded()
    batch = world.list_batch(["A-1", "A-2", "A-3"], state="review", as_of="2026-11-20")
    thread = world.open_thread("eu")
    note = world.note("eu", thread.leaf.thread)
    world.exchange()
    issue(world, applications=["A-1"])
    draw_down(world, "1.5", unit="t")
    request(world, "A-1", "A-7")
    story = Story(world, thread, note, note, note, note, batch, thread, thread)
    return written(story, seed, PERMITS, 45)


def written(story: Story, seed: int, acts: Sequence[Act], steps: int) -> World:
    draw = random.Random(seed)  # noqa: S311 - a test's history, no secret
    for _ in range(steps):
        party: Party = draw.choice(PARTIES)
        story.world.clock.forward(draw.randrange(1, 200))
        draw.choice(acts)(story, party, draw)
    story.world.exchange()
    return story.world


def ask(story: Story, party: Party, draw: random.Random) -> None:
    asks = [story.world.ask(party, "2026-11-24T12:00:00Z")]
    story.world.note(party, story.thread.leaf.thread, asks=asks)


def translate(story: Story, party: Party, draw: random.Random) -> None:
    world, note = story.world, story.note
    payload = world.payload(
        party, "note.translated", thread=note.leaf.thread, ref=note.id, lang="zh-CN"
    )
    world.append(party, payload, [world.text("早上好。")])


def close(story: Story, party: Party, draw: random.Random) -> None:
    world = story.world
    body = {"asks": [{"id": story.note.id, "q": "2"}]}
    stated = world.payload("eu", "thread.closed", thread=story.thread.leaf.thread, body=body)
    world.append("eu", stated)


def reopen(story: Story, party: Party, draw: random.Random) -> None:
    world, thread = story.world, story.thread.leaf.thread
    closes = [
        entry
        for copy in world.sides[party].copies.values()
        for entry in copy.entries
        if entry.leaf.kind == "thread.closed"
    ]
    for each in closes[-1:]:
        world.append(party, world.payload(party, "thread.reopened", thread=thread, ref=each.id))


def answer(story: Story, party: Party, draw: random.Random) -> None:
    story.world.answer("cn", story.note, ("1-2",))


def withdraw(story: Story, party: Party, draw: random.Random) -> None:
    with suppress(Refused):  # it may be withdrawn already
        story.world.about("eu", "note.withdrawn", story.note)


def assert_state(story: Story, party: Party, draw: random.Random) -> None:
    state = draw.choice(["issued", "refused", "expired"])
    body: dict[str, Value] = {
        "number": "A-1",
        "state": state,
        "as_of": "2026-11-24",
        "source": "own",
    }
    if draw.random() < 0.5:
        acts: list[Value] = [
            {"act": "accepted", "on": "2026-09-21"},
            {"act": "uncounted", "on": "2026-10-12"},
        ]
        body["clock"] = acts[: draw.randint(1, 2)]
    payload = story.world.payload(party, "application.asserted", body=body)
    story.world.append(party, payload)


def link_numbers(story: Story, party: Party, draw: random.Random) -> None:
    former, basis = draw.choice([("A-0", "refiled"), ("REF:FIKTIV-1", "matched")])
    body = {"number": draw.choice(["A-1", "A-2"]), "former": former, "basis": basis}
    story.world.append(party, story.world.payload(party, "application.linked", body=body))
    if draw.random() < 0.3:
        back = body | {"basis": "withdrawn"}
        story.world.append(party, story.world.payload(party, "application.linked", body=back))


def move(story: Story, party: Party, draw: random.Random) -> None:
    world, note = story.world, story.note
    row = world.eu.replay.rows["ask", f"{note.id}:2"]
    assert isinstance(row, QuestionRow)
    if party == "cn":
        due = f"2026-11-2{draw.randrange(5, 9)}T10:00:00Z"
        world.about("cn", "date.proposed", note, body={"q": "2", "due": due})
    elif row.is_open:
        agreed = draw.choice(row.proposals)
        body = {"q": "2", "due": agreed.due, "basis": "agreed", "proposal": agreed.id}
        world.about("eu", "deadline.moved", note, body=body)


def meet(story: Story, party: Party, draw: random.Random) -> None:
    meeting = story.world.meeting(party)
    for who in PARTIES:
        story.world.point(party, meeting, point="promise", who=who, due="2026-12-01")


def mark_points(story: Story, party: Party, draw: random.Random) -> None:
    chosen = [row.point for row in points(story, party) if row.party != party]
    chosen = [point for point in chosen if draw.random() < 0.7]
    differed = [point for point in chosen if draw.random() < 0.5]
    if chosen:
        parts = {point: [place] for place, point in enumerate(differed)}
        body = {"entries": [marked(point, parts.get(point, ())) for point in chosen]}
        payload = story.world.payload(party, "point.marked", body=body)
        words = [story.world.text("Otherwise.") for _ in differed]
        story.world.append(party, payload | ({"lang": "en"} if words else {}), words)


def ask_about_a_promise(story: Story, party: Party, draw: random.Random) -> None:
    for row in points(story, party):
        agreed = [mark.id for mark in row.marks if mark.agreed]
        if agreed and row.who != party:
            promise = {"point": row.point, "agreed": draw.choice(agreed)}
            asks = [story.world.ask(party, "2026-11-24T12:00:00Z", promise=promise)]
            story.world.note(party, story.thread.leaf.thread, asks=asks)


def points(story: Story, party: Party) -> list[PointRow]:
    """Points known to a side."""
    return [
        row for row in story.world.sides[party].replay.rows.values() if isinstance(row, PointRow)
    ]


def of_kind(story: Story, party: Party, kind: str) -> list[Entry]:
    """A side's entries of a kind, oldest first."""
    copies = story.world.sides[party].copies.values()
    return [entry for copy in copies for entry in copy.entries if entry.leaf.kind == kind]


def amend_list(story: Story, party: Party, draw: random.Random) -> None:
    """The EU adds, changes or removes a row."""
    done = len(of_kind(story, "eu", "batch.amended"))
    if draw.random() < 0.5:
        amend(story.world, story.batch, added=[list_row(4 + done, draw.choice(["A-1", "A-7"]))])
    elif draw.random() < 0.5:
        changed = [{"row": 2, "urgency": "line_stop", "rank": 7, "stop_on": "2026-12-08"}]
        amend(story.world, story.batch, changed=changed)
    elif not done:
        amend(story.world, story.batch, withdrawn=[{"row": 3}])


def answer_rows(story: Story, party: Party, draw: random.Random) -> None:
    """CN answers rows whose addition may not have been delivered."""
    row: dict[str, Value] = {"row": draw.randint(1, 6), "number": draw.choice(["A-1", "A-7"])}
    story.world.answer_batch(story.batch, [row | {"state": draw.choice(["review", "expert"])}])


def mark_clock(story: Story, party: Party, draw: random.Random) -> None:
    acts = ["accepted", "council", "returned"]
    act = draw.choice([*acts, "uncounted", "counted"] if party == "cn" else acts)
    more = {"basis": "expert"} if act == "uncounted" else {}
    mark(story.world, party, "A-1", act, f"2026-10-{draw.randint(10, 28)}", **more)


def state_licence(story: Story, party: Party, draw: random.Random) -> None:
    """CN restates the licence, draws it down, or corrects the last draw-down."""
    chosen = draw.random()
    if chosen < 0.3:
        issue(story.world, applications=draw.sample(["A-1", "A-2", "A-7"], 2))
    elif chosen < 0.6:
        with suppress(Refused):  # it may be corrected already
            draw_down(story.world, "0", corrects=of_kind(story, "cn", "licence.drawn")[-1].id)
    else:
        draw_down(story.world, f"{draw.randint(1, 900)}.5", application="A-1")


def ask_priority(story: Story, party: Party, draw: random.Random) -> None:
    """The EU asks; CN answers the latest delivered request."""
    if party == "eu":
        request(story.world, *draw.sample(["A-1", "A-2", "A-7"], 2))
        return
    for asked in of_kind(story, "cn", "priority.requested")[-1:]:
        wanted = draw.choice(asked.payload["body"]["applications"])
        reply(story.world, asked, {wanted: draw.choice(["granted", "not_now", "cannot"])})


def correct(story: Story, party: Party, draw: random.Random) -> None:
    """A side corrects one of its statements on an application: by an entry, an act or a sheet."""
    own: list[dict[str, Value]] = []
    for kind in ("application.asserted", "clock.marked", "approval.revoked"):
        own += [{"id": each.id} for each in own_entries(story, party, kind)]
    for each in own_entries(story, party, "batch.answered"):
        rows = sheet_rows(each)
        own += [{"id": each.id, "row": row["row"]} for row in rows if row["number"] == "A-1"]
    wrong = draw.sample(own, min(1, len(own)))
    corrects: dict[str, Value] = {"corrects": wrong[0]} if wrong else {}
    stated: dict[str, Value] = {"state": draw.choice(["review", "approved"]), "as_of": "2026-11-23"}
    chosen = draw.random()
    if chosen < 0.3:
        mark(story.world, party, "A-1", "council", "2026-10-20", **corrects)
    elif chosen < 0.7 and party == "cn":
        row: dict[str, Value] = {"row": draw.choice([1, 4, 5]), "number": "A-1", **corrects}
        story.world.answer_batch(story.batch, [row | (stated if draw.random() < 0.8 else {})])
    else:
        body = {"number": "A-1", "source": "own"} | stated | corrects
        story.world.append(party, story.world.payload(party, "application.asserted", body=body))


def own_entries(story: Story, party: Party, kind: str) -> list[Entry]:
    """A side's entries of a kind in its own log, oldest first."""
    return [each for each in of_kind(story, party, kind) if each.position.party == party]


def sheet_rows(entry: Entry) -> list[dict[str, Value]]:
    """The rows of a return sheet."""
    rows: list[dict[str, Value]] = json.loads(entry.submission.parts[0] or b"{}")["data"]["rows"]
    return rows


def revoke(story: Story, party: Party, draw: random.Random) -> None:
    """CN revokes the last approval that it stated."""
    approved = [
        entry
        for entry in of_kind(story, "cn", "application.asserted")
        if entry.position.party == "cn" and entry.payload["body"]["state"] in {"approved", "issued"}
    ]
    for approval in approved[-1:]:
        body: dict[str, Value] = {
            "number": "A-1",
            "approval": {"id": approval.id},
            "on": "2026-11-24",
            "after": draw.choice(["refused", "review"]),
        }
        story.world.append("cn", story.world.payload("cn", "approval.revoked", body=body))


def mark_difference(story: Story, party: Party, draw: random.Random) -> None:
    """A side marks a difference between the last statements that it knows."""
    known = of_kind(story, party, "application.asserted")
    last: dict[str, Value] = {entry.position.party: {"id": entry.id} for entry in known}
    if len(last) < len(PARTIES):
        return
    body: dict[str, Value] = {"number": "A-1", "field": "state", "act": "maintained", **last}
    if draw.random() < 0.5:
        body |= {"act": "explained", "reason": "other_round"}
    story.world.append(party, story.world.payload(party, "difference.marked", body=body))


def hear(story: Story, party: Party, draw: random.Random) -> None:
    story.world.deliver(party)


ACTS: tuple[Act, ...] = (
    ask,
    translate,
    close,
    reopen,
    answer,
    withdraw,
    assert_state,
    link_numbers,
    move,
    meet,
    mark_points,
    mark_points,
    ask_about_a_promise,
    hear,
    hear,
)
PERMITS: tuple[Act, ...] = (
    amend_list,
    answer_rows,
    assert_state,
    mark_clock,
    state_licence,
    ask_priority,
    correct,
    correct,
    correct,
    correct,
    revoke,
    mark_difference,
    mark_difference,
    hear,
    hear,
)
"""What both sides state of applications, licences and priority."""


def shuffled(
    entries: Mapping[Party, Sequence[UnjudgedEntry]], draw: random.Random
) -> list[UnjudgedEntry]:
    """A random causal order of entries."""
    done: dict[Party, int] = {"eu": 0, "cn": 0}
    order = []
    while any(done[party] < len(entries[party]) for party in PARTIES):
        ready = [
            party
            for party in PARTIES
            if done[party] < len(entries[party])
            and entries[party][done[party]].frontier <= done[peer_of(party)]
        ]
        party = draw.choice(ready)
        order.append(entries[party][done[party]])
        done[party] += 1
    return order


Proven = Mapping[Position, frozenset[KeyId]]


def replayed(
    world: World, order: list[UnjudgedEntry], proven: Proven
) -> tuple[str, dict[Position, str]]:
    replay = Replay(world.pins)
    for party in PARTIES:
        side = world.sides[party]
        for size, root in enumerate(side.own.roots):
            replay.roots[side.origin, size] = root
    verdicts = {}
    for presented in order:
        refusal = replay.place(presented, proven.get(presented.position))
        verdicts[presented.position] = refusal.code if refusal else ""
    return digest_of(replay.rows), verdicts


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_every_causal_order_of_arrival_gives_one_state_and_one_verdict(seed):
    judge_orders(concurrent_world(seed), seed, {})


@pytest.mark.timeout(300)
@pytest.mark.parametrize("seed", range(5))
def test_every_causal_order_gives_the_same_applications_clocks_licences_and_priorities(seed):
    """Signatures are checked once here; the test above shows that the order does not matter."""
    world = permits_world(seed)
    proven = {
        presented.position: frozenset(each.keyid for each in presented.envelope.signatures)
        for party in PARTIES
        for presented in world.presented(party)
    }
    judge_orders(world, seed, proven)
    rows = world.eu.replay.rows
    assert {table for table, _ in rows} >= {"licence", "draw", "priority"}
    application = rows["application", "A-1"]
    assert isinstance(application, ApplicationRow)
    assert any(application.replacements(party).by for party in PARTIES)


def judge_orders(world: World, seed: int, proven: Proven) -> None:
    """Replay a fifth of the interleavings of both logs."""
    assert world.eu.digest == world.cn.digest
    assert world.eu.verdicts == world.cn.verdicts
    entries = {party: world.presented(party) for party in PARTIES}
    draw = random.Random(seed)  # noqa: S311
    for _ in range(INTERLEAVINGS // 5):
        digest, verdicts = replayed(world, shuffled(entries, draw), proven)
        assert digest == world.eu.digest
        assert verdicts == world.eu.verdicts


def test_an_invalid_entry_has_one_verdict_whenever_it_arrives():
    """CN closes EU's thread, repeats an entry, answers a question of its own: refused alike."""
    story = busy()
    world, thread = story.world, story.thread.leaf.thread
    world.append("cn", world.payload("cn", "thread.closed", thread=thread), honest=False)
    world.append_signed("cn", story.answer.submission, honest=False)
    payload = world.payload("cn", "note.posted", thread=thread, lang="en")
    world.append("cn", payload | {"by": world.eu.keys["desk"].key}, [world.text("x")], honest=False)
    world.exchange()
    expected = {code for code in world.eu.verdicts.values() if code}
    assert expected == {"owner", "entry-duplicate", "signature-missing"}
    assert world.eu.verdicts == world.cn.verdicts
    entries = {party: world.presented(party) for party in PARTIES}
    draw = random.Random(7)  # noqa: S311
    for _ in range(100):
        digest, verdicts = replayed(world, shuffled(entries, draw), {})
        assert (digest, verdicts) == (world.cn.digest, world.cn.verdicts)
