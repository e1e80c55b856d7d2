"""The verifier on entries in doubt, and what doubt leaves as it is (K21, K22; attack 18)."""

from __future__ import annotations

from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.bytes.ids import Party
from special_channel.core.bytes.times import from_posix
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import at, codes, report_of
from tests.world import Entry, World


def doubt(world: World, party: Party, name: str = "desk", since: int = 0) -> Entry:
    entry = world.append(party, world.suspension(party, name, since=since))
    world.exchange()
    return entry


def review(world: World, party: Party, *entries: Entry, by: str = "laptop", **body: Any) -> Entry:
    stated = {"word": "confirmed", "entries": [entry.id for entry in entries]} | body
    entry = world.append(party, world.payload(party, "entry.reviewed", by=by, body=stated))
    world.exchange()
    return entry


@pytest.fixture
def world() -> World:
    world = World.founded()
    world.add_key("eu", "desk", "laptop")
    return world


def test_an_entry_of_a_doubtful_key_is_a_notice(world):
    first, second = world.open_thread("eu"), world.open_thread("eu")
    world.open_thread("eu", by="clerk")
    doubt(world, "eu", since=second.position.index)
    report = report_of(world)
    [found] = report.findings
    assert (found.code, found.severity, found.place.id) == ("entry-disputed", "notice", second.id)
    key = world.eu.keys["desk"].key
    assert dict(found.facts) == {"key": key, "since": str(second.position)}
    assert report.verdict == "authentic-and-complete"
    stop = world.append("eu", world.suspension("eu", "desk", since=first.position.index))
    world.exchange()
    assert at(report_of(world), "entry-disputed") == [str(first.position), str(second.position)]
    for each in (stop, world.eu.own.entries[stop.position.index - 1]):
        world.append("eu", world.restoration("eu", each), also=["registrar"])
    world.exchange()
    assert codes(report_of(world)) == []


def test_a_review_ends_the_notice_or_disowns(world):
    first, second = world.open_thread("eu"), world.open_thread("eu")
    stop = doubt(world, "eu", since=first.position.index)
    review(world, "eu", first)
    review(world, "eu", second, word="disowned")
    report = report_of(world)
    [found] = report.findings
    assert (found.code, found.severity, found.place.id) == ("entry-disowned", "notice", second.id)
    assert dict(found.facts) == {
        "by": world.eu.keys["laptop"].key,
        "key": world.eu.keys["desk"].key,
        "since": str(first.position),
    }
    # What was disowned stays so, also if the key is restored.
    world.append("eu", world.restoration("eu", stop), also=["registrar"])
    world.exchange()
    [found] = report_of(world).findings
    assert found.code == "entry-disowned"
    assert dict(found.facts) == {"by": world.eu.keys["laptop"].key}


def test_an_entry_without_effect_is_in_no_doubt(world):
    body = {"word": "confirmed", "entries": ["a" * 64]}
    world.append("eu", world.payload("eu", "entry.reviewed", body=body), honest=False)
    doubt(world, "eu", since=world.eu.own.size - 1)
    assert codes(report_of(world)) == ["reference"]


def state(world: World) -> dict[Any, Any]:
    """Return all rows of the state, except of people and reviews, which state the doubt."""
    rows = audit(evidence_of(world), trust_of(world)).rows
    return {
        key: row for key, row in rows.items() if key[0] not in {"key", "person", "review", "entry"}
    }


def ask(world: World, month: int) -> None:
    """Put a question that is delivered, then answered or, in odd months, passed."""
    due = from_posix(world.clock.seconds + 20 * 86400)
    thread = world.open_thread("eu").leaf.thread
    note = world.note("eu", thread, asks=[world.ask("eu", due)])
    world.exchange()
    world.acknowledge("cn", note)
    if month % 2:
        world.clock.forward(20 * 86400 + 1)
        world.pass_due("eu", note, due, head=world.stamp("cn"))
    else:
        world.answer("cn", note)
    world.exchange()
    world.clock.forward(10 * 86400)


def test_doubt_over_all_entries_changes_no_state(world):
    """A year of delivered notes: all are disputed, and every row is as before (attack 18)."""
    for month in range(12):
        ask(world, month)
    before = state(world)
    doubt(world, "eu")
    assert state(world) == before
    disputed = at(report_of(world), "entry-disputed")
    assert len(disputed) == 24
    entries = [entry for entry in world.eu.own.entries if str(entry.position) in disputed]
    review(world, "eu", *entries, word="disowned")
    report = report_of(world)
    assert state(world) == before
    assert at(report, "entry-disowned") == disputed
    assert report.verdict == "authentic-and-complete"
