"""A reader's trust file: written from paper, updated by proven bundles alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from special_channel.cli.app import run
from special_channel.cli.trusting import updated, without_void
from special_channel.core.audit.audit import audit
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.trust import Trust, TrustedHead, parse
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import Party
from tests.bundles import evidence_of, trust_file, trust_of
from tests.core.auditing import FILES
from tests.core.test_audit_roots import rotated
from tests.stories import busy
from tests.world import World

PINS = {party: side.pin for party, side in World().sides.items()}
ORIGINS = {party: side.origin for party, side in World().sides.items()}


def pin(party: Party, *more: str) -> str:
    return " ".join([party, ORIGINS[party], PINS[party].upper(), *more])


def test_trust_file_is_written_from_fingerprints(tmp_path):
    out = tmp_path / "trust.json"
    words = ["trust", "write", "--pin", pin("cn"), "--pin", pin("eu", "3"), "--out", str(out)]
    assert run(words) == 0
    trust = parse(out.read_bytes())
    assert {party: each.root.number for party, each in trust.parties.items()} == {"eu": 3, "cn": 1}
    assert trust.parties["cn"].root.pin == PINS["cn"]
    assert run(words) == 3, "no file is written over"


@pytest.mark.parametrize(
    "typed",
    ["", "eu", "us a/log " + "a" * 64, f"eu a/log {'a' * 63}", pin("eu", "x"), pin("eu", "1", "2")],
    ids=range(6),
)
def test_pin_out_of_form_is_refused(tmp_path, capsys, typed):
    assert run(["trust", "write", "--pin", typed, "--out", str(tmp_path / "trust.json")]) == 3
    assert capsys.readouterr().err.startswith("pin-malformed: ")


def test_heads_of_a_proven_bundle_are_kept():
    world = busy().world
    trust = trust_of(world)
    report = audit(evidence_of(world, files=FILES), trust).report
    changed = updated(trust, report, frozenset())
    sizes = {party: head.size for party, head in changed.heads.items()}
    assert sizes == {party: side.own.size for party, side in world.sides.items()}
    assert parse(changed.encode()) == changed
    assert audit(evidence_of(world, files=FILES), changed).report == report


def test_new_root_set_is_trusted_by_its_fingerprint_on_paper(party):
    world = rotated(party, "root", "root-2")
    trust = trust_of(world)
    report = audit(evidence_of(world), trust).report
    for given in (frozenset(), frozenset({PINS["eu"]})):
        with pytest.raises(RuleBroken) as refused:
            updated(trust, report, given)
        assert (refused.value.code, refused.value.facts) == (
            "trust-root-new", {"side": party, "number": 2},
        )  # fmt: skip
    changed = updated(trust, report, frozenset({report.roots[party][1]}))
    assert changed.parties[party].root.number == 2
    again = replace(changed, heads={})
    assert updated(again, report, frozenset()).parties == changed.parties


def voided(party: Party) -> tuple[Trust, Evidence]:
    """A trust file with a head of a tail that a root declared void, and what a bundle says."""
    world = World.founded()
    world.open_thread(party, "Void")
    side = world.sides[party]
    head = TrustedHead(log=side.origin, size=side.own.size, root=side.own.roots[-1].hex())
    world = World.founded()
    size = world.sides[party].own.size
    payload = world.payload(party, "log.restored", by="root", body={"size": size})
    world.append(party, payload, also=["root-2"])
    world.exchange()
    return replace(trust_of(world), heads={party: head}), evidence_of(world)


def test_head_that_a_root_declared_void_is_given_up_by_side_and_size(party):
    trust, evidence = voided(party)
    report = audit(evidence, trust).report
    assert report.verdict == "contradicted"
    size = trust.heads[party].size - 1
    other: Party = "cn" if party == "eu" else "eu"
    for given in ((party, size - 1), (party, size + 1), (other, size)):
        with pytest.raises(RuleBroken) as refused:
            without_void(trust, report, [given])
        assert refused.value.code == "trust-void"
    changed = without_void(trust, report, [(party, size)])
    again = audit(evidence, changed).report
    assert again.verdict == "authentic-and-complete", again.findings
    assert updated(changed, again, frozenset()).heads[party].size == size + 1


@pytest.mark.parametrize("typed", ["eu", "us 10", "eu ten", "", "eu 1 0"])
def test_side_and_size_out_of_form_are_refused(tmp_path, capsys, typed):
    trust = tmp_path / "trust.json"
    trust.write_bytes(trust_file(World.founded()))
    words = ["trust", "update", "docs/sample/thread.zip", "--trust", str(trust), "--void", typed]
    assert run(words) == 3
    assert capsys.readouterr().err.startswith("void-malformed: ")


@pytest.fixture(params=["eu", "cn"])
def party(request):
    return request.param


def test_bundle_that_is_not_proven_changes_nothing(tmp_path, capsys):
    trust = tmp_path / "trust.json"
    document = json.loads(trust_file(World.founded()))
    document["parties"][0]["root"]["pin"] = "0" * 64
    trust.write_text(json.dumps(document), "utf-8")
    before = trust.read_bytes()
    bundle = "docs/sample/thread.zip"
    assert run(["trust", "update", bundle, "--trust", str(trust)]) == 1
    assert "Not proven" in capsys.readouterr().out
    assert trust.read_bytes() == before
