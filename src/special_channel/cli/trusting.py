"""`special-channel trust`: write and update a reader's own trust file, offline."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from click.exceptions import Exit

from special_channel.cli.command import argument, group, option, repeated, required
from special_channel.cli.cores import checks_on, usable_cores
from special_channel.cli.files import read_file, write_whole
from special_channel.cli.local import local
from special_channel.cli.output import Output
from special_channel.config import load
from special_channel.core.audit import trust as trusts
from special_channel.core.audit.findings import Place, Report
from special_channel.core.audit.trust import RootPin, Trust, TrustedHead, TrustedParty
from special_channel.core.bytes.errors import Malformed, RuleBroken
from special_channel.core.bytes.ids import PARTIES, Party
from special_channel.export import report as reports
from special_channel.export.verify import verify

app = group()


@app.command("write")
@required("--out", "Write the trust file here.", "file")
@option("--config", "Take both sides' pins from this node's settings.", "file")
@repeated(
    "--pin",
    "Trust this side: eu or cn, its log, its fingerprint and, if not 1, the number of the set.",
)
@option("--policy", "Ask for the witnesses of this tlog-policy as well.", "file")
@local
def write(
    out_: Output, *, out: Path, config: Path | None, pin: Sequence[str], policy: Path | None
) -> None:
    """Write a trust file from fingerprints that were handed over on paper.

    A fingerprint from a bundle, or from the node that made it, proves nothing.
    """
    parties = list(_of_settings(config) if config else map(_pinned, pin))
    text = read_file(policy).decode("utf-8", "replace") if policy else trusts.NO_WITNESSES
    data = trusts.write(parties, (), text)
    trust = trusts.parse(data)
    if out.exists():
        raise Malformed("trust-exists", "There is a file of this name.", file=out.name)
    write_whole(out, data)
    shown: dict[str, Any] = {party: each.root.pin for party, each in trust.parties.items()}
    out_.document(shown | {"file": str(out)})


def _of_settings(config: Path) -> Iterator[TrustedParty]:
    for party, pin in load(config).pins.items():
        root = RootPin(number=1, pin=pin.root)
        yield TrustedParty(party=party, origin=pin.origin, root=root)


def _pinned(text: str) -> TrustedParty:
    """Parse a pin as typed.

    Raises:
        Malformed: `pin-malformed`.
    """
    words = text.split()
    try:
        party, origin, pin, number = words if len(words) > 3 else [*words, "1"]  # noqa: PLR2004
        root = RootPin(number=int(number), pin=pin.lower())
        found: Party = next(each for each in PARTIES if each == party)
        return TrustedParty(party=found, origin=origin, root=root)
    except (ValueError, StopIteration):
        raise Malformed("pin-malformed", "This is no pin.", pin=text[:120]) from None


@app.command("update")
@argument("bundle", "Take the heads of this bundle, once it is verified.", "file")
@required("--trust", "Update this trust file.", "file")
@repeated("--root", "Give the fingerprint of a side's new root set, from the paper; repeat it.")
@repeated(
    "--void",
    "Give up a head beyond the size that this side's root declared, such as eu 10; repeat it.",
)
@local
def update(
    out: Output, *, bundle: Path, trust: Path, root: Sequence[str], void: Sequence[str]
) -> None:
    """Verify a bundle, and keep its heads: from then on no older bundle passes.

    If a side has replaced its root, give the new fingerprint as that side handed it over.

    If a side's root has declared the end of its log void, and verify finds the head of it that you
    hold (receipt-void), give side and size as both sides handed them over. Keep a copy of the trust
    file: the head given up is evidence of what was signed.
    """
    held, given = trusts.parse(read_file(trust)), [_void(each) for each in void]
    report = _verified(bundle, held)
    if given:
        held = without_void(held, report, given)
        report = _verified(bundle, held)
    if report.exit_code:
        for line in reports.lines(report, out.lang):
            out.say(line)
        raise Exit(report.exit_code)
    changed = updated(held, report, frozenset("".join(each.split()).lower() for each in root))
    write_whole(trust, changed.encode())
    shown: dict[str, Any] = {party: head.size for party, head in changed.heads.items()}
    out.document(shown | {"file": str(trust)})


def _verified(bundle: Path, trust: Trust) -> Report:
    with checks_on(usable_cores()) as begin:
        return verify(bundle, trust.encode(), begin=begin)


def _void(text: str) -> tuple[Party, int]:
    """Parse a side and a size as typed.

    Raises:
        Malformed: `void-malformed`.
    """
    try:
        party, size = text.lower().split()
        return next(each for each in PARTIES if each == party), int(size)
    except (ValueError, StopIteration):
        raise Malformed("void-malformed", "This is no side and size.", text=text[:120]) from None


def without_void(trust: Trust, report: Report, given: Sequence[tuple[Party, int]]) -> Trust:
    """Return a trust file without heads that a root declared void, as a person named them.

    Raises:
        RuleBroken: `trust-void` if the report finds no such head.
    """
    heads = dict(trust.heads)
    for party, size in given:
        declared = {
            dict(each.facts)["size"]
            for each in report.findings
            if each.code == "receipt-void" and each.place == Place(party)
        }
        if size not in declared:
            raise RuleBroken("trust-void", "No such head is void.", side=party, size=size)
        heads.pop(party, None)
    return replace(trust, heads=heads)


def updated(trust: Trust, report: Report, given: frozenset[str]) -> Trust:
    """Return a trust file with the heads of a proven report, and root sets that a person named.

    Raises:
        RuleBroken: `trust-root-new` for a new root set without its fingerprint.
    """
    parties, heads = dict(trust.parties), dict(trust.heads)
    for log in report.logs:
        party: Party = next(each for each in PARTIES if each == log.party)
        number, pin = report.roots[party]
        if number > parties[party].root.number:
            if pin not in given:
                raise RuleBroken(
                    "trust-root-new", "A side has a new root set.", side=party, number=number
                )
            root = RootPin(number=number, pin=pin)
            parties[party] = parties[party].model_copy(update={"root": root})
        if log.size:
            heads[party] = TrustedHead(log=log.origin, size=log.size, root=log.root)
    return replace(trust, parties=parties, heads=heads)
