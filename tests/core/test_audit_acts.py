"""The verifier on acts on people: the verdicts of node and mirror, from any bundle."""

from __future__ import annotations

from typing import Any

from special_channel.core.audit.audit import audit
from special_channel.core.audit.findings import Report
from special_channel.core.audit.scope import Scope
from tests.bundles import evidence_of, trust_of
from tests.core.auditing import directory, scoped
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
