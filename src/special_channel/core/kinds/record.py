"""Entries about the record: erasures, heads seen of the other log, refusals, restorations."""

from __future__ import annotations

from collections.abc import Iterator

from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.entries import LogRestored, PartErased, PeerRefused, PeerSeen
from special_channel.core.kinds.kind import (
    Case,
    Kind,
)
from special_channel.core.rules.judge_context import check_order, named
from special_channel.core.rules.state import RowKey


def _erased_needs(entry: PartErased, _: bytes | None) -> Iterator[RowKey]:
    yield "entry", entry.ref


def _judge_erased(entry: PartErased, case: Case) -> None:
    target = named(case.context, case.past, entry.ref, invalid_too=True)
    check_order(entry.body)
    for place in entry.body.parts:
        if place >= len(target.roles) or (
            target.roles[place] == "d" and entry.body.basis == "order"
        ):
            raise RuleBroken(
                "erase-part", "There is no such part, or it can't be erased.", part=place
            )


def _judge_refused(entry: PeerRefused, case: Case) -> None:
    if entry.body.index >= case.past.frontier:
        raise RuleBroken("reference", "The peer's entry is not in the past.")


def _judge_restored(entry: LogRestored, case: Case) -> None:
    if entry.body.size > case.past.index:
        raise RuleBroken("reference", "A log can't be restored beyond its own size.")


KINDS = (
    Kind(PartErased, _erased_needs, _judge_erased),
    Kind(PeerSeen),
    Kind(PeerRefused, judge=_judge_refused),
    Kind(LogRestored, judge=_judge_restored),
)
