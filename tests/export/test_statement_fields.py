"""Every field of `export.json`: a false value is a fault, or the report repeats the value.

Fields come from the model, so a field without a case fails here.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from special_channel.core.audit.findings import Report
from special_channel.export.report import lines
from special_channel.export.statement import Statement
from special_channel.export.verify import verify
from special_channel.messages.catalogue import Lang
from tests.export.bundling import packed, unpacked
from tests.export.forging import (
    derived_anew,
    faults,
    recounted,
    restated,
    stated,
    without_part,
)

VECTORS = Path(__file__).resolve().parents[2] / "docs" / "formats" / "vectors" / "bundle"
TRUST = (VECTORS / "trust.json").read_bytes()
LANGS: tuple[Lang, ...] = ("en", "zh-CN")

Json = Any
Path_ = tuple[str | int, ...]


def fields(model: type[BaseModel], before: str = "") -> Iterator[str]:
    """Yield the dotted name of every field, including fields of nested models."""
    for name, field in model.model_fields.items():
        yield f"{before}{name}"
        for inner in models_in(field.annotation):
            yield from fields(inner, f"{before}{name}.")


def models_in(annotation: object) -> set[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return {annotation}
    return {found for each in get_args(annotation) for found in models_in(each)}


FIELDS = sorted(fields(Statement))


# The bundles --------------------------------------------------------------------------


def with_gaps() -> dict[str, bytes]:
    """The good vector with a text withheld, another sealed and a note absent, all as declared."""
    files = unpacked((VECTORS / "good.zip").read_bytes())[1]
    report = json.loads((VECTORS / "good.json").read_bytes())
    withheld = []
    for path in sorted(files):
        if path.startswith("data/parts/"):
            entry_id = path[len("data/parts/") : -len(".json")]
            texts = json.loads(files[path])
            for part, text in enumerate(texts):
                if json.loads(text)["role"] == "text":
                    withheld.append({"id": entry_id, "part": part, "word": "withheld", "why": "A"})
                    break  # of two entries: a changed number leaves the list in its order
    withheld = withheld[:2]
    withheld[1] |= {"word": "sealed", "to": "Fictional court"}
    for each in withheld:
        files = without_part(files, str(each["id"]), int(str(each["part"])))
    del files["data/logs/eu/checkpoints/5"]
    said = stated(files)
    said["logs"][0]["absent"] = [5]
    scope = said["scope"] | {"position": report["scope"]["position"]}
    changed = recounted(files, withheld=withheld, logs=said["logs"], scope=scope)
    return derived_anew(changed, TRUST)


GAPS = with_gaps()
DAMAGED = unpacked((VECTORS / "entry-damaged.zip").read_bytes())[1]


def base_of(field: str) -> dict[str, bytes]:
    return DAMAGED if field.startswith("damaged") else GAPS


def checked(files: dict[str, bytes]) -> Report:
    return verify(packed("name", files), TRUST)


BASES = {id(files): checked(files) for files in (GAPS, DAMAGED)}


def test_bundles_of_this_walk_are_as_declared():
    assert checked(GAPS).verdict == "authentic-with-declared-gaps"
    assert {each.code for each in checked(GAPS).findings} == {
        "note-absent",
        "part-sealed",
        "part-withheld",
    }
    assert {each.code for each in checked(DAMAGED).findings} >= {"entry-missing", "entry-damaged"}


def places(document: Json, field: str) -> list[Path_]:
    """Every occurrence of a field in a statement."""
    found: list[Path_] = [()]
    for name in field.split("."):
        deeper: list[Path_] = []
        for place in found:
            value = at(document, place)
            if isinstance(value, list):
                deeper += [(*place, number, name) for number, _ in enumerate(value)]
            else:
                deeper.append((*place, name))
        found = deeper
    return [place for place in found if place[-1] in at(document, place[:-1])]


def at(document: Json, place: Path_) -> Json:
    for step in place:
        document = document[step]
    return document


def replaced(document: Json, place: Path_, value: Json) -> Json:
    changed = copy.deepcopy(document)
    at(changed, place[:-1])[place[-1]] = value
    return changed


def removed(document: Json, place: Path_) -> Json:
    changed = copy.deepcopy(document)
    del at(changed, place[:-1])[place[-1]]
    return changed


@pytest.mark.parametrize("field", FIELDS)
def test_every_field_stands_in_a_bundle_of_this_walk(field):
    assert places(stated(base_of(field)), field)


# False values -------------------------------------------------------------------------


@dataclass(frozen=True)
class Lie:
    """Another value of a field, and its expected effect.

    `code`: a new finding of this code. `shown`: no new fault, and the report for people repeats
    these words in its two languages.
    """

    value: Callable[[Json], Json]
    code: str = ""
    shown: tuple[str, str] = ("", "")


def to(value: Json, code: str = "", shown: tuple[str, str] | str = ("", "")) -> Lie:
    words = (shown, shown) if isinstance(shown, str) else shown
    return Lie(lambda _: value, code, words)


def by(change: Callable[[Json], Json], code: str) -> Lie:
    return Lie(change, code)


def counted(code: str) -> list[Lie]:
    return [by(lambda count: count + 1, code), by(lambda count: count - 1, code), to(0, code)]


def neighbour(entry_id: Json) -> Json:
    """Another id, in the same place of an ordered list."""
    return entry_id[:-1] + ("0" if entry_id[-1] != "0" else "1")


def more(each: Json) -> Callable[[Json], Json]:
    return lambda listed: [*listed, each]


ANOTHER = {"id": "f" * 64, "part": 0, "word": "withheld", "why": "B"}
"""A declared absence of what the bundle never had."""

CASES: dict[str, list[Lie]] = {
    "v": [to(2, "export-malformed"), to(0, "export-malformed")],
    "at": [
        to("2031-01-01T00:00:00Z", shown="2031-01-01T00:00:00Z"),
        to("2031-02-30T00:00:00Z", "export-malformed"),
    ],
    "by": [to("cn", shown=("Exported by CN", "导出方：中方")), to("us", "export-malformed")],
    "asked_by": [to("Other office", shown="Other office"), to("a\nb", "export-malformed")],
    "basis": [to("Article 99", shown="Article 99"), to("x" * 501, "export-malformed")],
    "scope": [
        to({"kind": "everything"}, "entry-missing"),
        to({"kind": "thread", "of": "a" * 32}, "out-of-scope"),
        to({"kind": "batch", "of": "a" * 64}, "entry-missing"),
        to({}, "export-malformed"),
    ],
    "scope.kind": [
        to("everything", "export-malformed"),
        to("batch", "export-malformed"),
        to("nothing", "export-malformed"),
    ],
    "scope.of": [to("a" * 32, "entry-missing"), to("a" * 64, "export-malformed")],
    "scope.position": [to("EU-9999", "export-disagrees"), to("EU-0", "export-disagrees")],
    "logs": [
        by(lambda logs: logs[::-1], "export-malformed"),
        by(lambda logs: logs[:1], "export-malformed"),
        by(lambda logs: [logs[0], logs[0]], "export-malformed"),
        to([], "export-malformed"),
    ],
    "logs.party": [
        by(lambda party: "cn" if party == "eu" else "eu", "export-malformed"),
        to("us", "export-malformed"),
    ],
    "logs.origin": [to("other.example/log", "export-disagrees")],
    "logs.size": counted("export-disagrees"),
    "logs.absent": [
        to([3], "export-disagrees"),
        to([5, 9999], "export-disagrees"),
        to([5, 5], "export-malformed"),
    ],
    "withheld": [
        to([], "part-missing"),
        by(lambda listed: listed[:1], "part-missing"),
        by(more(ANOTHER), "export-disagrees"),
        by(lambda listed: listed[::-1], "export-malformed"),
        by(lambda listed: listed + listed, "export-malformed"),
    ],
    "withheld.id": [by(neighbour, "part-missing"), to("0", "export-malformed")],
    "withheld.part": [to(7, "part-missing"), to(1000, "export-malformed")],
    "withheld.word": [
        Lie(
            lambda word: "sealed" if word == "withheld" else "withheld",
            shown=("part-", "part-"),
        ),
        to("missing", "export-malformed"),
        to("erased", "export-malformed"),
    ],
    "withheld.why": [to("Quite another reason", shown="Quite another reason")],
    "withheld.to": [to("Another court", shown="to=Another court")],
    "damaged": [
        by(more({"id": "f" * 64}), "export-disagrees"),
        by(lambda listed: listed[:1], "view-differs"),
        by(lambda listed: listed[::-1], "export-malformed"),
        to([], "export-malformed"),
    ],
    "damaged.id": [by(neighbour, "export-disagrees"), to("0", "export-malformed")],
    "damaged.part": [to(7, "export-disagrees"), to(1000, "export-malformed")],
    "counts": [to({}, "export-malformed")],
    "counts.leaves": counted("export-disagrees"),
    "counts.entries": counted("export-disagrees"),
    "counts.parts": counted("export-disagrees"),
    "counts.files": counted("export-disagrees"),
    "tables": counted("table-differs"),
    "view": [to(1, "view-not-compared"), to(99, "view-not-compared")],
}
"""What a forger would write into each field."""

REMOVED: dict[str, Lie] = {
    # The report takes the number from the proven entries, whether the exporter names it or not.
    "scope.position": to(None, shown=("Scope: thread EU-", "范围：事项EU-")),
    # To whom it is sealed is the exporter's word alone; the gap itself stays.
    "withheld.to": to(None, shown="part-sealed"),
    "damaged": to(None, "view-differs"),
    "damaged.part": to(None, "export-disagrees"),
}
"""What comes of leaving out an optional field; any other is `export-malformed`."""


def test_every_field_has_a_case_and_no_other_has():
    assert sorted(CASES) == FIELDS


def expect(field: str, statement: Json, lie: Lie) -> None:
    base = base_of(field)
    before, report = BASES[id(base)], checked(restated(base, statement))
    if lie.code:
        codes = {each.code for each in set(report.findings) - set(before.findings)}
        assert lie.code in codes
        assert report.verdict == "not-proven" or codes == {"view-not-compared"}
        return
    assert faults(report) == faults(before)
    for lang, words in zip(LANGS, lie.shown, strict=True):
        assert words
        assert words in "\n".join(lines(report, lang))
    if field != "scope.position":
        assert report.encode() != before.encode()


@pytest.mark.parametrize(
    ("field", "number"),
    [(field, number) for field in FIELDS for number, _ in enumerate(CASES.get(field, ()))],
)
def test_false_field_is_a_fault_or_repeated(field, number):
    lie, said = CASES[field][number], stated(base_of(field))
    for place in places(said, field):
        value = lie.value(at(said, place))
        if value != at(said, place):
            expect(field, replaced(said, place, value), lie)


@pytest.mark.parametrize("field", FIELDS)
def test_field_left_out_is_a_fault_or_changes_nothing(field):
    said = stated(base_of(field))
    lie = REMOVED.get(field, to(None, "export-malformed"))
    for place in places(said, field):
        expect(field, removed(said, place), lie)


@pytest.mark.parametrize("field", FIELDS)
def test_field_of_another_type_is_malformed(field):
    said = stated(base_of(field))
    for place in places(said, field):
        here = at(said, place)
        for junk in (True, -1, "junk", {"junk": 1}, ["junk"]):
            if type(junk) is not type(here):
                expect(field, replaced(said, place, junk), to(None, "export-malformed"))


def test_field_that_no_one_knows_is_malformed():
    said = stated(GAPS)
    for place in ((), ("scope",), ("logs", 0), ("withheld", 0), ("counts",)):
        changed = replaced(said, (*place, "excused"), "yes")
        assert "export-malformed" in {
            each.code for each in checked(restated(GAPS, changed)).findings
        }
