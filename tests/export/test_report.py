"""The report for people in both languages, and its codes."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from special_channel.core.audit.findings import (
    CODES,
    EXIT_CODES,
    FindingCollector,
    Place,
    Report,
    finding,
    ordered,
    printable,
    verdict_of,
)
from special_channel.core.audit.scope import Scope
from special_channel.core.bytes import canonical
from special_channel.export.report import line, lines, place
from special_channel.export.verify import verify
from special_channel.messages.catalogue import LANGS, catalogue
from tests.bundles import trust_file
from tests.export.bundling import AT, bundle, packed, repaired, request, written
from tests.world import World

SPEC = {
    "head-older",
    "table-differs",
    "view-differs",
    "view-not-compared",
    "note-absent",
    "note-missing",
    "note-uncalled",
    "refusal-differs",
    "bag-format",
    "bag-path",
    "bag-limit",
    "bag-file-missing",
    "bag-file-unlisted",
    "bag-digest",
    "trust-missing",
    "policy-malformed",
    "policy-differs",
    "export-malformed",
    "export-disagrees",
    "checkpoint-malformed",
    "checkpoint-origin",
    "checkpoint-unsigned",
    "checkpoint-signature",
    "cosignature-absent",
    "cosignature-bad",
    "quorum",
    "leaf-malformed",
    "leaf-count",
    "entry-duplicate",
    "root-mismatch",
    "checkpoint-inconsistent",
    "split-view",
    "entry-missing",
    "entry-damaged",
    "entry-not-in-log",
    "out-of-scope",
    "envelope-digest",
    "envelope-malformed",
    "payload-type",
    "entry-malformed",
    "entry-not-canonical",
    "entry-id",
    "entry-other-log",
    "leaf-entry-disagree",
    "key-unknown",
    "suite-unsupported",
    "signature-bad",
    "signature-missing",
    "key-id",
    "key-weak",
    "root-untrusted",
    "authority",
    "root-recovered",
    "checkpoint-key",
    "note-disputed",
    "key-revoked",
    "key-suspended",
    "cooling-short",
    "entry-disputed",
    "grant-overdue",
    "entry-disowned",
    "rules-unsupported",
    "charter-mismatch",
    "accepted-order",
    "reference",
    "seen-inconsistent",
    "time-implausible",
    "part-malformed",
    "part-digest",
    "part-extra",
    "part-missing",
    "erased-part-present",
    "erase-authority",
    "file-digest",
    "file-missing",
}
"""Codes of docs/formats/bundle.md, "Findings"."""


def test_every_code_of_the_specification_is_known():
    assert SPEC <= CODES


@pytest.mark.parametrize("lang", LANGS)
@pytest.mark.parametrize("code", sorted(CODES))
def test_every_code_has_a_sentence_in_each_language(code, lang):
    found = finding(code, Place("eu", 877, "a" * 64, 2))
    words = catalogue(lang)
    assert f"finding.{code}" in words
    assert words.label("severity", found.severity) != found.severity or lang == "en"
    assert code in line(found, lang)
    assert "%(" not in line(found, lang)


@pytest.mark.parametrize("lang", LANGS)
def test_a_good_report_begins_with_its_verdict_and_says_what_it_covers(lang, good, trust):
    shown = list(lines(verify(good, trust), lang))
    assert shown[0] == "authentic-and-complete"
    assert shown[4].startswith("欧方" if lang == "zh-CN" else "EU")
    assert re.search(r"2026-11-24T\d\d:\d\d:\d\dZ", shown[4])
    assert len(shown) == 8
    assert not any("verify." in each for each in shown)


@pytest.mark.parametrize(
    ("lang", "scope", "by", "office"),
    [
        ("en", "Scope: thread %s.", "Exported by CN at 2026-11-25T08:00:00Z", "requested by: "),
        ("zh-CN", "范围：事项%s。", "导出方：中方；时间：2026-11-25T08:00:00Z", "提出导出要求方："),
    ],
)
def test_report_names_scope_exporter_basis_and_time(lang, scope, by, office, story, trust):
    data = bundle(story.world, Scope("thread", story.thread.leaf.thread or ""), "cn")
    shown = list(lines(verify(data, trust), lang))
    assert shown[2] == scope % story.thread.position
    assert by in shown[3]
    assert f"{office}Fictional audit office" in shown[3]
    assert "Article 1" in shown[3]


@pytest.mark.parametrize(
    ("lang", "who", "basis"),
    [
        ("en", "desk officer, Unit A.1", "the exporting side’s own record"),
        ("zh-CN", "经办人, Unit A.1", "导出方自存记录"),
    ],
)
def test_report_names_the_office_of_a_key_that_asked(lang, who, basis, story, trust):
    key = story.world.eu.keys["desk"].key
    asked = replace(request(Scope("everything")), asked_by=key, basis="own-record")
    report = verify(written(story.world, asked)[0], trust)
    shown = "\n".join(lines(report, lang))
    assert who in shown
    assert basis in shown
    assert key not in shown
    assert json.loads(report.encode())["export"] == {
        "asked_by": key,
        "at": AT,
        "basis": "own-record",
        "by": "eu",
        "role": "desk",
        "unit": "Unit A.1",
    }


def test_number_of_the_scope_comes_from_the_proven_entries(story, trust):
    """The exporter states no number; the valid listing has a number."""
    report = verify(bundle(story.world, Scope("batch", story.batch.id)), trust)
    position = str(story.batch.position)
    assert json.loads(report.encode())["scope"]["position"] == position
    assert list(lines(report, "en"))[2].startswith(f"Scope: list {position},")


@pytest.mark.parametrize(("lang", "field"), [("en", "effect_en"), ("zh-CN", "effect_zh")])
def test_report_ends_with_the_effect_of_the_charter_in_force(lang, field, trust):
    world = World.founded()
    words = {
        "effect_en": "Fictional: no more than an arrangement.",
        "effect_zh": "虚构：仅系安排。",
    }
    for party in ("eu", "cn"):
        world.adopt(party, number=2, **words)
    world.exchange()
    report = verify(bundle(world), trust_file(world))
    assert words[field] in list(lines(report, lang))[-1]
    assert json.loads(report.encode())["effect"] == {
        "en": words["effect_en"],
        "zh": words["effect_zh"],
    }


def test_effect_of_a_charter_that_one_side_adopted_is_not_shown(trust):
    world = World.founded()
    world.adopt("eu", number=2, effect_en="Fictional: not agreed.")
    world.exchange()
    report = verify(bundle(world), trust_file(world))
    assert report.effect["en"] == world.charter()["effect_en"]


def test_what_the_exporter_wrote_can_not_act(story, trust):
    asked = replace(request(Scope("everything")), asked_by="\u202eeciffo \u009b31m")
    text = "\n".join(lines(verify(written(story.world, asked)[0], trust), "en"))
    assert "[U+202E]eciffo [U+009B]31m" in text


def test_a_bad_report_names_each_finding(files, trust):
    changed = repaired(files | {"data/logs/eu/checkpoint": b"nothing"})
    report = verify(packed("name", changed), trust)
    shown = "\n".join(lines(report, "en"))
    assert "checkpoint-malformed" in shown
    assert "–" in shown
    assert report.exit_code == 1


def test_a_place_is_cited_as_people_cite_it():
    assert place(finding("part-missing", Place("eu", 877, "a" * 64, 2))) == "EU-877 #2"
    assert place(finding("entry-not-in-log", Place(id="ab" * 32))) == "abababababab"
    assert place(finding("quorum", Place("cn"))) == "CN"
    assert place(finding("bag-digest", Place(file="data/x"))) == "data/x"
    assert place(finding("bag-limit")) == "–"


def test_a_judges_code_becomes_a_finding_and_is_kept():
    for code, known in (
        ("role", "authority"),
        ("json-null", "entry-not-canonical"),
        ("deadline-known", "entry-invalid"),
        ("signature-bad", "signature-bad"),
    ):
        found = finding(code)
        assert found.code == known
        assert dict(found.facts).get("code", known) == (code if code != known else known)


def test_the_gravest_finding_decides():
    grave = ["time-implausible", "part-erased", "part-missing", "split-view"]
    verdicts = [verdict_of([finding(code) for code in grave[: n + 1]]) for n in range(4)]
    assert verdicts == [
        "authentic-and-complete",
        "authentic-with-declared-gaps",
        "not-proven",
        "contradicted",
    ]
    assert [EXIT_CODES[verdict] for verdict in verdicts] == [0, 0, 1, 2]
    assert verdict_of([]) == "authentic-and-complete"


def test_findings_stand_once_and_in_order():
    taken = FindingCollector()
    take = taken.here(Place("eu", 3))
    for code in ("root-mismatch", "leaf-malformed", "root-mismatch"):
        take(code)
    taken.add("bag-limit")
    assert [each.code for each in ordered(taken.findings)] == [
        "bag-limit", "leaf-malformed", "root-mismatch",
    ]  # fmt: skip


def test_what_comes_from_outside_is_shown_and_can_not_act():
    assert printable("a\x1b[31m\u202eb") == "a\\u001b[31m\\u202eb"
    assert len(printable("x" * 1000)) == 300
    report = Report((finding("bag-path", Place(file=printable("\x07"))),))
    assert b'"file":"\\\\u0007"' in report.encode()


def test_the_json_report_is_canonical(good, trust):
    report = verify(good, trust)
    assert canonical.dumps(canonical.loads(report.encode())) == report.encode()


def test_a_bundle_over_a_limit_is_reported_without_counts():
    shown = list(lines(Report((finding("bag-limit", limit=1000),)), "en"))
    assert shown[0] == "not-proven"
    assert len(shown) == 3
