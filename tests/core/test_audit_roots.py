"""The verifier follows each root from the reader's pin, and keeps to heads verified before."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from special_channel.core.audit.audit import audit
from special_channel.core.audit.chain import checkpoint_keys
from special_channel.core.audit.evidence import WithheldPart
from special_channel.core.audit.findings import Report
from special_channel.core.audit.trust import RootPin, Trust, TrustedHead, parse
from special_channel.core.bytes import dsse
from special_channel.core.bytes.errors import ChannelError
from special_channel.core.bytes.ids import Party
from special_channel.core.rows.directory import pin_of
from tests.bundles import evidence_of, trust_file, trust_of
from tests.core import auditing
from tests.core.auditing import at, lines, receipt_for
from tests.core.judging import accepted
from tests.core.test_judge_roots import LAST, rotation
from tests.sides import NEXT_PARTS, Side
from tests.world import World


def codes(report: Report) -> list[str]:
    # Parts that a succession ends were stopped within a day of what they signed.
    return [code for code in auditing.codes(report) if code != "key-disputed"]


def pin(side: Side, names: tuple[str, ...], number: int) -> RootPin:
    stated = side.roots(names)
    parts = [(part["suite"], part["public"]) for part in stated["keys"]]
    return RootPin(number=number, pin=pin_of(parts, stated["threshold"]))


def pinning(world: World, party: Party, root: RootPin) -> Trust:
    trust = trust_of(world)
    changed = trust.parties[party].model_copy(update={"root": root})
    return replace(trust, parties=trust.parties | {party: changed})


def rotated(party: Party, *also: str) -> World:
    world = World.founded()
    accepted(world, party, rotation(world, party), also=["next-2", *also])
    world.exchange()
    return world


def holding(world: World, party: Party, **head: Any) -> Trust:
    side = world.sides[party]
    stated: dict[str, Any] = {"log": side.origin, "size": side.own.size}
    stated |= {"root": side.own.roots[-1].hex()} | head
    return replace(trust_of(world), heads={party: TrustedHead(**stated)})


# The chain (K14) ---------------------------------------------------------------------------


def test_planned_and_recovered_sets_are_told_apart(party):
    planned = audit(
        evidence_of(rotated(party, "root", "root-2")), trust_of(world := rotated(party))
    )
    assert codes(planned.report) == []
    recovered = audit(evidence_of(world), trust_of(world)).report
    assert codes(recovered) == ["root-recovered"]
    assert recovered.verdict == "authentic-and-complete"
    side = world.sides[party]
    assert recovered.roots[party] == (2, pin(side, NEXT_PARTS, 2).pin)


def test_one_old_part_is_no_plan(party):
    world = rotated(party, "root")
    assert codes(audit(evidence_of(world), trust_of(world)).report) == ["root-recovered"]


def test_any_set_of_the_chain_may_be_pinned(party):
    world = rotated(party, "root", "root-2")
    trust = pinning(world, party, pin(world.sides[party], NEXT_PARTS, 2))
    report = audit(evidence_of(world), trust).report
    assert (codes(report), report.verdict) == ([], "authentic-and-complete")


@pytest.mark.parametrize(
    ("names", "number"),
    [
        pytest.param(NEXT_PARTS, 1, id="pin of the second set as the first"),
        pytest.param(NEXT_PARTS, 3, id="number skipped"),
        pytest.param(LAST, 2, id="another set"),
    ],
)
def test_pin_of_the_wrong_number_proves_nothing(names, number, party):
    world = rotated(party, "root", "root-2")
    trust = pinning(world, party, pin(world.sides[party], names, number))
    report = audit(evidence_of(world), trust).report
    assert "root-untrusted" in codes(report)
    assert report.verdict == "not-proven"


def test_pinned_later_set_without_a_readable_founding_proves_nothing(party):
    world = rotated(party, "root", "root-2")
    trust = pinning(world, party, pin(world.sides[party], NEXT_PARTS, 2))
    evidence = evidence_of(world)
    founding = world.sides[party].own.entries[0].id
    for data in (None, b"{}", world.sides[party].own.entries[1].submission.envelope):
        envelopes = dict(evidence.envelopes)
        envelopes.pop(founding)
        changed = envelopes if data is None else envelopes | {founding: data}
        report = audit(replace(evidence, envelopes=changed), trust).report
        assert report.verdict == "not-proven"


def test_two_parties_exchanged_prove_nothing():
    world = World.founded()
    document = json.loads(trust_file(world))
    eu, cn = document["parties"]
    eu["root"], cn["root"] = cn["root"], eu["root"]
    report = audit(evidence_of(world), parse(json.dumps(document).encode())).report
    assert at(report, "root-untrusted") == ["CN-0", "EU-0"]
    assert report.verdict == "not-proven"


# What was verified before (P4) -------------------------------------------------------------


def test_head_that_the_bundle_extends_is_kept_to(story, evidence, trust, party):
    side = story.world.sides[party]
    earlier = holding(story.world, party, size=2, root=side.own.roots[2].hex())
    for each in (holding(story.world, party), earlier):
        assert audit(evidence, each).report == audit(evidence, trust).report


def test_older_bundle_than_a_head_is_no_proof(party):
    """An export that is truly cosigned, of a time before what the reader has seen."""
    world = World.founded()
    world.exchange()
    older = evidence_of(world)
    world.open_thread(party)
    world.exchange()
    report = audit(older, holding(world, party)).report
    assert codes(report) == ["head-older"]
    [found] = report.findings
    assert dict(found.facts)["lines"] == world.sides[party].own.size - 1
    assert report.verdict == "not-proven"


def test_head_of_another_story_contradicts(story, evidence, party):
    trust = holding(story.world, party, root="0" * 64)
    report = audit(evidence, trust).report
    assert (codes(report), report.verdict) == (["split-view"], "contradicted")
    cut = lines(evidence, party)
    cut[3] = cut[3].replace(b" 0 ", b" 1 ", 1)
    changed = replace(evidence.logs[party], lines=b"".join(cut))
    bad = replace(evidence, logs=dict(evidence.logs) | {party: changed})
    assert "checkpoint-inconsistent" in codes(audit(bad, trust).report)


def test_head_beyond_a_declared_loss_is_void(party):
    world = World.founded()
    body = {"size": 2}
    payload = world.payload(party, "log.restored", by="root", body=body)
    accepted(world, party, payload, also=["root-2"])
    world.exchange()
    report = audit(evidence_of(world), holding(world, party, size=3, root="0" * 64)).report
    assert codes(report) == ["receipt-void", "split-view"]


# Absent content of the directory -------------------------------------------------------------


def test_withheld_charter_is_a_fault_and_excuses_nothing(story, evidence, trust):
    """An exporter who declares the charter withheld does not turn checks into notices."""
    charter = next(
        each for each in story.world.eu.own.entries if each.leaf.kind == "charter.adopted"
    )
    declared = (WithheldPart(charter.id, 0, "withheld", "secret"),)
    stated = audit(replace(evidence, withheld=declared), trust).report
    assert codes(stated) == ["export-malformed"]
    parts = dict(evidence.parts) | {charter.id: b'[""]'}
    report = audit(replace(evidence, withheld=declared, parts=parts), trust).report
    assert {"export-malformed", "part-missing", "entry-unjudged"} <= set(codes(report))
    assert report.verdict == "not-proven"


def test_withheld_enrolment_leaves_its_key_unknown(story, evidence, trust):
    enrolled = next(each for each in story.world.eu.own.entries if each.leaf.kind == "key.enrolled")
    envelopes = {id_: data for id_, data in evidence.envelopes.items() if id_ != enrolled.id}
    report = audit(replace(evidence, envelopes=envelopes), trust).report
    assert {"entry-missing", "key-unknown"} <= set(codes(report))
    assert report.verdict == "not-proven"


# A log without a pinned founding ----------------------------------------------------------------


def test_notes_of_an_untrusted_log_prove_nothing(story, evidence, party):
    trust = pinning(story.world, party, RootPin(number=2, pin="0" * 64))
    held = (receipt_for(story.world, 1, story.world.eu.own.size), evidence.logs["eu"].checkpoint)
    report = audit(replace(evidence, held=held), trust).report
    assert "root-untrusted" in codes(report)
    assert report.verdict == "not-proven"
    empty = replace(evidence.logs[party], lines=b"", checkpoint=None)
    cut = replace(evidence, logs=dict(evidence.logs) | {party: empty})
    assert "trust-missing" in codes(audit(cut, trust).report)


# The directory of a running node --------------------------------------------------------------


def directory(world: World, party: Party) -> list[tuple[int, bytes]]:
    return [
        (index, entry.submission.envelope)
        for index, entry in enumerate(world.sides[party].own.entries)
        if entry.leaf.kind in {"party.founded", "roots.rotated", "machine.enrolled", "key.enrolled"}
    ]


def test_directory_leads_from_the_pin_to_the_checkpoint_key(party):
    world = rotated(party, "root", "root-2")
    side = world.sides[party]
    for root in (trust_of(world).parties[party].root, pin(side, NEXT_PARTS, 2)):
        trusted = pinning(world, party, root).parties[party]
        [key] = checkpoint_keys(trusted, directory(world, party))
        assert key.vkey == side.checkpoint_vkey


def test_directory_without_the_pinned_set_is_refused(party):
    world = rotated(party)
    trusted = trust_of(world).parties[party]
    entries = directory(world, party)
    other = world.sides["cn" if party == "eu" else "eu"].own.entries[0].submission.envelope
    cut = world.sides[party].own.entries[0].submission.envelope
    unsigned = _without_parts(cut)
    later = pinning(world, party, pin(world.sides[party], NEXT_PARTS, 2)).parties[party]
    wrong = pinning(world, party, RootPin(number=1, pin="0" * 64)).parties[party]
    for pinned, shown in (
        (trusted, []),
        (trusted, entries[1:]),
        (trusted, [(0, other)]),
        (trusted, [(0, unsigned)]),
        (wrong, entries),
        (later, entries[:1]),
    ):
        with pytest.raises(ChannelError) as refused:
            checkpoint_keys(pinned, shown)
        assert refused.value.code == "root-untrusted"


def _without_parts(envelope: bytes) -> bytes:
    read = dsse.decode(envelope)
    return replace(read, signatures=read.signatures[-1:]).encode()
