"""Table of all kinds of the shared logs, one row a kind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from special_channel.core.entries import SharedEntry
from special_channel.core.kinds import (
    applications,
    charters,
    directory,
    licences,
    lists,
    machines,
    meetings,
    notes,
    priorities,
    questions,
    record,
    reviews,
    stops,
    threads,
)
from special_channel.core.kinds.kind import Kind

KINDS: Final[Mapping[type[SharedEntry], Kind[Any]]] = {
    kind.model: kind
    for noun in (
        directory.KINDS,
        machines.KINDS,
        stops.KINDS,
        reviews.KINDS,
        charters.KINDS,
        threads.KINDS,
        notes.KINDS,
        questions.KINDS,
        lists.KINDS,
        applications.KINDS,
        meetings.KINDS,
        licences.KINDS,
        priorities.KINDS,
        record.KINDS,
    )
    for kind in noun
}
"""Kinds by payload class. A test compares the keys with the union `SharedEntry`."""
