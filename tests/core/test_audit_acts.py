"""The verifier on acts on people: the verdicts of node and mirror, from any bundle."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from special_channel.core.audit.audit import audit
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes.times import from_posix
from special_channel.core.rules.timing import grants_timed
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import at, directory, report_of, scoped
from tests.world import Entry, World

UNTIL = {"until": "2026-12-24T00:00:00Z"}


def attacked() -> tuple[World, dict[str, str]]:
    """Return a world whose owner's node stored acts that the judge refuses, and their codes."""
    world = World.founded()
    side = world.eu
    for name in ("third", "laptop", "newcomer"):
        side.make_key(name)
    world.append("eu", world.granting("eu", "third", role="registrar", desk="registry"))
    world.append("eu", world.enrolment("eu", "third"))
    codes: dict[str, str] = {}

    def attack(code: str, payload: Any, *also: str) -> Entry:
        entry = world.append("eu", payload, also=also, honest=False)
        codes[str(entry.position)] = code
        return entry

    attack("persons-missing", world.granting("eu", "newcomer", role="head"))
    attack("persons-missing", world.granting("eu", "newcomer", by="head"), "director")
    attack("persons-missing", world.enrolment("eu", "desk", "laptop"), "registrar")
    own = world.granting("eu", "registrar", grant=2, role="head")
    attack("own-grant", own, "second-registrar")
    attack("person-unseasoned", world.granting("eu", "newcomer"), "third")
    for name in ("desk", "clerk"):
        world.append("eu", world.suspension("eu", name, whole=True))
    attack("suspend-limit", world.suspension("eu", "director"))
    stop = world.suspension("eu", "third", "other-desk")
    attack("role", stop)
    attack("role", world.suspension("eu", "checkpoint", reason="stolen"))
    held = world.append("eu", world.suspension("eu", "other-desk", "director"))
    attack("persons-missing", world.restoration("eu", held, "director"))
    world.exchange()
    return world, codes


def found(report: Report) -> dict[str, str]:
    """Return the judge's codes of a report by position."""
    return {
        str(finding.place.log).upper() + f"-{finding.place.index}": str(dict(finding.facts)["code"])
        for finding in report.findings
        if "code" in dict(finding.facts)
    }


def test_verifier_and_mirror_refuse_the_same_acts():
    """Attacks 1 to 3, 5, 8, 11 to 13: without effect, and named."""
    world, codes = attacked()
    thread = world.open_thread("cn")
    world.exchange()
    for side in world.sides.values():
        refused = {str(position): code for position, code in side.verdicts.items() if code}
        assert refused == codes
    evidence, trust = evidence_of(world), trust_of(world)
    whole = audit(evidence, trust)
    views = (
        {k: row for k, row in rows.items() if k[0] != "entry"}
        for rows in (whole.rows, world.eu.replay.rows, world.cn.replay.rows)
    )
    first, *others = views
    assert others == [first, first]
    of_thread = Scope("thread", str(thread.leaf.thread))
    part = scoped(evidence, of_thread, trust, keep=directory(world) | {thread.id})
    for report in (whole.report, part):
        assert found(report) == codes


def test_what_is_known_follows_from_leaf_lines():
    """A newcomer counts once the other side's leaf says so, in a bundle of one thread as well."""
    world = World.founded()
    world.eu.make_key("third")
    world.append("eu", world.granting("eu", "third", role="registrar", desk="registry"))
    world.append("eu", world.enrolment("eu", "third"))
    world.exchange()
    answer = world.append("cn", world.payload("cn", "peer.seen", by="node"))
    world.exchange()
    world.append("eu", world.granting("eu", "newcomer"), also=["third"])
    thread = world.open_thread("eu")
    world.exchange()
    scope = Scope("thread", str(thread.leaf.thread))
    evidence, trust = evidence_of(world), trust_of(world)
    keep = directory(world) | {thread.id}
    assert answer.id not in keep
    assert scoped(evidence, scope, trust, keep=keep).verdict == "authentic-and-complete"


DAY = 24 * 3600


def newcomers(**limits: Any) -> World:
    """Return a world with a third registrar, known to the other side."""
    stated = {"file_bytes": 52_428_800, "minimum_notice_seconds": 30} | limits
    world = World.founded(limits=stated)
    world.eu.make_key("third")
    world.append("eu", world.granting("eu", "third", role="registrar", desk="registry"))
    world.append("eu", world.enrolment("eu", "third"))
    world.exchange()
    world.append("cn", world.payload("cn", "peer.seen", by="node"))
    world.exchange()
    return world


def test_a_leader_who_signs_too_soon_is_a_notice():
    """Attack 4: valid everywhere, refused at the own door alone."""
    world = newcomers()
    soon = world.append("eu", world.granting("eu", "newcomer", by="third"), also=["registrar"])
    world.exchange()
    [notice] = report_of(world).findings
    assert (notice.code, notice.severity, notice.place.id) == ("cooling-short", "notice", soon.id)
    assert dict(notice.facts) == {"key": world.eu.keys["third"].key}
    world.clock.forward(DAY)
    world.append("eu", world.granting("eu", "another", by="third"), also=["registrar"])
    world.exchange()
    assert at(report_of(world), "cooling-short") == [str(soon.position)]


def test_mirror_asks_when_new_leaders_were_appointed_and_no_others():
    world = newcomers()
    world.append("eu", world.granting("eu", "newcomer", by="third"), also=["registrar"])
    granted, _, act = (each.placed for each in world.presented("eu")[-3:])
    assert list(grants_timed(act, world.eu.replay.rows)) == [granted.position.index]
    founded = frozenset({world.eu.keys["registrar"].key})
    assert list(grants_timed(replace(act, signed=founded), world.eu.replay.rows)) == []


def test_founded_people_and_those_who_give_up_their_own_are_not_too_soon():
    world = newcomers()
    world.append("eu", world.granting("eu", "newcomer"), also=["second-registrar"])
    world.append("eu", world.granting("eu", "colleague"), also=["desk"])
    world.append("eu", world.suspension("eu", "third", "third"))
    body = {"person": world.eu.person("head"), "grant": 1, "reason": "ended"}
    world.append("eu", world.payload("eu", "role.ended", by="head", body=body), also=())
    world.append("eu", world.suspension("eu", "clerk", "node", whole=True))
    world.exchange()
    assert report_of(world).findings == ()
    other = world.append("eu", world.suspension("eu", "desk", "director"))
    world.exchange()
    assert at(report_of(world), "cooling-short") == [str(other.position)]


def test_a_charter_is_no_act_on_people_that_waits():
    world = newcomers()
    payload, parts = world.adoption("eu", world.charter(number=2))
    payload |= {"by": world.eu.keys["third"].key}
    world.append("eu", payload, parts, also=["registrar"])
    world.exchange()
    assert at(report_of(world), "cooling-short") == []


def test_the_charter_says_how_soon():
    world = newcomers(cooling_seconds=60)
    world.clock.forward(60)
    world.append("eu", world.granting("eu", "newcomer", by="third"), also=["registrar"])
    world.exchange()
    assert report_of(world).findings == ()


def test_an_entry_under_a_function_whose_time_is_over_is_a_notice():
    world = World.founded()
    until = from_posix(world.clock.seconds + DAY)
    world.append("eu", world.granting("eu", "desk", grant=2, until=until))
    limited: dict[str, Any] = {"as": 2}
    world.clock.forward(DAY - 1)
    world.open_thread("eu", **limited)
    world.clock.forward(1)
    late = world.open_thread("eu", **limited)
    world.open_thread("eu")
    body = {"person": world.eu.person("desk"), "grant": 2, "reason": "time-over"}
    world.append("eu", world.payload("eu", "role.ended", by="node", body=body))
    world.exchange()
    [notice] = report_of(world).findings
    assert (notice.code, notice.severity, notice.place.id) == ("grant-overdue", "notice", late.id)
    assert dict(notice.facts) == {"until": until}
