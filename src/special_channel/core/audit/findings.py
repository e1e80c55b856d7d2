"""Findings of a verifier: codes, locations, severities, and the overall verdict.

Does not contain sentences for people (`messages/` has `finding.<code>`), and does not check
anything: `audit.py` and `export/verify.py` do. Reports are canonical, so the output of two
verifiers can be compared byte for byte (`docs/formats/bundle.md`).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from special_channel.core.bytes import canonical
from special_channel.core.bytes.canonical import Value
from special_channel.core.bytes.ids import Party, Position

Severity = Literal["contradiction", "fault", "gap", "notice"]
"""In order: a signed split view; a failed proof; a declared absence; a remark."""

Verdict = Literal[
    "authentic-and-complete", "authentic-with-declared-gaps", "not-proven", "contradicted"
]

EXIT_CODES: Final[Mapping[Verdict, int]] = {
    "authentic-and-complete": 0,
    "authentic-with-declared-gaps": 0,
    "not-proven": 1,
    "contradicted": 2,
}
EXIT_UNREADABLE: Final = 3
"""Exit code for an unreadable bundle or trust file."""

MAX_FACT: Final = 300
"""Maximum characters of a fact or file name in a report."""

CONTRADICTIONS: Final = frozenset({"split-view"})
GAPS: Final = frozenset(
    {
        "entry-damaged",
        "entry-refused",
        "note-absent",
        "part-erased",
        "part-sealed",
        "part-withheld",
    }
)
NOTICES: Final = frozenset(
    {
        "entry-disowned",
        "cooling-short",
        "entry-disputed",
        "grant-overdue",
        "erased-part-present",
        "policy-differs",
        "receipt-void",
        "root-recovered",
        "time-implausible",
        "view-not-compared",
    }
)
"""Codes of notices. Codes outside these three sets are faults."""

CODES: Final = frozenset(
    {
        *CONTRADICTIONS,
        *GAPS,
        *NOTICES,
        "accepted-order",
        "authority",
        "bag-digest",
        "bag-file-missing",
        "bag-file-unlisted",
        "bag-format",
        "bag-limit",
        "bag-path",
        "charter-mismatch",
        "checkpoint-inconsistent",
        "checkpoint-key",
        "checkpoint-malformed",
        "checkpoint-missing",
        "checkpoint-origin",
        "checkpoint-signature",
        "checkpoint-unsigned",
        "cosignature-absent",
        "cosignature-bad",
        "entry-duplicate",
        "entry-id",
        "entry-invalid",
        "entry-malformed",
        "entry-missing",
        "entry-not-canonical",
        "entry-not-in-log",
        "entry-other-log",
        "entry-unjudged",
        "envelope-digest",
        "envelope-malformed",
        "erase-authority",
        "export-disagrees",
        "export-malformed",
        "file-digest",
        "file-length",
        "file-missing",
        "frontier-beyond",
        "frontier-fell",
        "head-older",
        "key-id",
        "key-revoked",
        "key-suspended",
        "key-unknown",
        "key-weak",
        "leaf-count",
        "leaf-entry-disagree",
        "leaf-malformed",
        "note-disputed",
        "note-malformed",
        "note-missing",
        "note-uncalled",
        "ordinal",
        "out-of-scope",
        "part-digest",
        "part-extra",
        "part-malformed",
        "part-missing",
        "payload-type",
        "policy-malformed",
        "quorum",
        "receipt-mismatch",
        "reference",
        "refusal-differs",
        "root-mismatch",
        "root-untrusted",
        "rules-unsupported",
        "seen-inconsistent",
        "signature-bad",
        "signature-client-data",
        "signature-flags",
        "signature-malformed",
        "signature-missing",
        "signature-origin",
        "signature-rp",
        "suite-policy",
        "suite-unsupported",
        "table-differs",
        "trust-missing",
        "view-differs",
    }
)
"""All codes of findings."""

_BY_JUDGE: Final[Mapping[str, str]] = {
    "owner": "authority",
    "role": "authority",
    "clearance-missing": "authority",
    "grant-ended": "authority",
    "grant-key": "authority",
    "own-grant": "authority",
    "persons-missing": "authority",
    "person-unseasoned": "authority",
    "suspend-limit": "authority",
    "person-ended": "authority",
    "root-threshold": "authority",
    "root-number": "root-untrusted",
    "root-commitment": "root-untrusted",
    "successor-uncommitted": "authority",
    "person-unknown": "reference",
    "founding-place": "authority",
    "erase-part": "erase-authority",
    "erase-order": "erase-authority",
    "kind-other-log": "entry-malformed",
    "kind-unknown": "entry-malformed",
    "field-unknown": "entry-malformed",
    "charter-number": "charter-mismatch",
    "charter-absent": "charter-mismatch",
    "charter-malformed": "charter-mismatch",
    "thread-unknown": "reference",
    "envelope-too-large": "envelope-malformed",
    "part-too-large": "part-malformed",
    "part-role": "part-malformed",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Location of a finding. An empty string or -1: not applicable."""

    log: str = ""
    index: int = -1
    id: str = ""
    part: int = -1
    file: str = ""

    def fields(self) -> dict[str, Value]:
        """Return the applicable fields."""
        named = {"log": self.log, "id": self.id, "file": self.file}
        known: dict[str, Value] = {name: value for name, value in named.items() if value}
        if self.index >= 0:
            known["index"] = self.index
        if self.part >= 0:
            known["part"] = self.part
        return known


@dataclass(frozen=True, slots=True)
class Finding:
    """A contradiction, fault, gap or notice, with its location and facts for its sentence."""

    code: str
    place: Place = Place()
    facts: tuple[tuple[str, str | int], ...] = ()

    @property
    def severity(self) -> Severity:
        """The severity, determined by the code alone."""
        if self.code in CONTRADICTIONS:
            return "contradiction"
        if self.code in GAPS:
            return "gap"
        return "notice" if self.code in NOTICES else "fault"

    @property
    def order(self) -> tuple[str, int, str, int, str, str, str]:
        """Sort key: by log, index, id, part, file, code, facts."""
        place = self.place
        return (
            place.log,
            place.index,
            place.id,
            place.part,
            place.file,
            self.code,
            repr(self.facts),
        )

    def fields(self) -> dict[str, Value]:
        """Return the finding in the form of the report."""
        fields: dict[str, Value] = {
            "code": self.code,
            "severity": self.severity,
            "place": self.place.fields(),
        }
        if self.facts:
            fields["facts"] = dict(self.facts)
        return fields


def finding(code: str, place: Place = Place(), /, **facts: str | int) -> Finding:
    """Create a finding; a judge's `code` is mapped to a code in `CODES` and added to the facts."""
    known = code if code in CODES else _BY_JUDGE.get(code)
    if known is None:
        known = "entry-not-canonical" if code.startswith("json-") else "entry-invalid"
    if known != code:
        facts["code"] = code
    plain = {
        name: printable(value) if isinstance(value, str) else value for name, value in facts.items()
    }
    return Finding(known, place, tuple(sorted(plain.items())))


def printable(text: str) -> str:
    """Escape all but printable ASCII, and truncate to `MAX_FACT` characters."""
    # File names in a bundle are untrusted: terminals and the canonical profile need plain text.
    shown = (
        letter if letter.isascii() and letter.isprintable() else f"\\u{ord(letter):04x}"
        for letter in text[:MAX_FACT]
    )
    return "".join(shown)


@dataclass(frozen=True, slots=True)
class FindingCollector:
    """Collects findings during an audit."""

    findings: list[Finding] = field(default_factory=list)

    def at(self, position: Position, entry_id: str, code: str, /, **facts: str | int) -> None:
        """Add a finding about the entry at a position."""
        self.add(code, Place(position.party, position.index, entry_id), **facts)

    def add(self, code: str, place: Place = Place(), /, **facts: str | int) -> None:
        """Add a finding."""
        self.findings.append(finding(code, place, **facts))

    def here(self, place: Place) -> Callable[..., None]:
        """Return a function that adds findings at a fixed location."""

        def add_here(code: str, /, **facts: str | int) -> None:
            self.add(code, place, **facts)

        return add_here


def ordered(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Sort findings and remove duplicates."""
    return tuple(sorted(set(findings), key=lambda each: each.order))


def verdict_of(findings: Iterable[Finding]) -> Verdict:
    """Return the overall verdict, determined by the most severe finding."""
    severities = {each.severity for each in findings}
    if "contradiction" in severities:
        return "contradicted"
    if "fault" in severities:
        return "not-proven"
    return "authentic-with-declared-gaps" if "gap" in severities else "authentic-and-complete"


@dataclass(frozen=True, slots=True)
class LogSummary:
    """Size and root of a log in the report.

    `root` is computed from the lines. `delivered` is the POSIX time of the other side's
    cosignature on the root, 0 without a valid cosignature.
    """

    party: str
    origin: str
    size: int
    root: str
    delivered: int = 0


@dataclass(frozen=True, slots=True)
class Report:
    """The verdict and its reasons.

    Attributes:
        findings: Sorted findings.
        scope: `kind`, `of`, and `position`: the number of the valid entry that opened the thread
            or listed the batch.
        logs: Summaries of both logs.
        counts: Numbers of leaves, envelopes, valid entries, parts and files.
        export: The exporter's unsigned statement: `by`, `asked_by`, `basis`, `at`; with `role`
            and `unit` if the bundle enrols the key `asked_by`.
        effect: The charter's text on the meaning of dates and silence, by language, `en` and `zh`.
        roots: Number and pin of each side's root set in force, by party; not in the report's bytes,
            which two verifiers compare.
    """

    findings: tuple[Finding, ...]
    scope: Mapping[str, str] = field(default_factory=dict)
    logs: tuple[LogSummary, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    export: Mapping[str, str] = field(default_factory=dict)
    effect: Mapping[str, str] = field(default_factory=dict)
    roots: Mapping[Party, tuple[int, str]] = field(default_factory=dict)

    @property
    def verdict(self) -> Verdict:
        """The overall verdict."""
        return verdict_of(self.findings)

    @property
    def exit_code(self) -> int:
        """Exit code of a command."""
        return EXIT_CODES[self.verdict]

    def encode(self) -> bytes:
        """Return the canonical JSON of the report."""
        return canonical.dumps(
            {
                "v": 1,
                "verdict": self.verdict,
                "scope": dict(self.scope),
                "export": dict(self.export),
                "effect": dict(self.effect),
                "logs": [
                    {
                        "party": log.party,
                        "origin": log.origin,
                        "size": log.size,
                        "root": log.root,
                        "delivered": log.delivered,
                    }
                    for log in self.logs
                ],
                "counts": dict(self.counts),
                "findings": [each.fields() for each in self.findings],
            }
        )
