"""The missing entry in a refusal, and the cost of finding it among many."""

from __future__ import annotations

from collections import Counter
from itertools import product
from random import Random
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from special_channel.core.audit.entries import Entries
from special_channel.core.audit.evidence import Evidence
from special_channel.core.audit.findings import FindingCollector
from special_channel.core.audit.scope import Scope
from special_channel.core.audit.verdicts import Verdicts
from special_channel.core.bytes.errors import RuleBroken
from special_channel.core.bytes.ids import PARTIES, Position
from special_channel.core.log.leaf import Leaf

MANY = 20_000
READS = 20
"""How often a leaf's fields may be read, on average, whatever the number of the others."""

CODES = {"reference": "note.posted", "thread-unknown": "thread.opened"}
KINDS = ("note.posted", "thread.opened", "charter.adopted")


class CountedLeaf(Leaf):
    """A leaf that counts reads, and stops an endless search."""

    reads: ClassVar[Counter[str]] = Counter()

    def __getattribute__(self, name: str) -> Any:
        reads = CountedLeaf.reads
        reads["all"] += 1
        assert reads["all"] <= READS * 2 * MANY
        return super().__getattribute__(name)


def leaf(number: int, kind: str, thread: int = 0, of: type[Leaf] = Leaf) -> Leaf:
    id_ = f"{number:064x}"
    made = of("2026-01-01T00:00:00Z", (0,), 0, kind, f"{thread:032x}", 1, id_, id_)
    CountedLeaf.reads.clear()  # those of its own form check
    return made


def refused(verdicts: Verdicts, position: Position, where: Leaf, code: str, id_: int) -> None:
    read: Any = SimpleNamespace(position=position, leaf=where)
    verdicts.refuse(read, RuleBroken(code, "Refused.", id=f"{id_:064x}"))


def empty() -> tuple[Verdicts, FindingCollector]:
    found = FindingCollector()
    verdicts = Verdicts(Entries(Evidence(Scope("everything"), {}), {}, found), found)
    return verdicts, found


@pytest.mark.parametrize("code", [*CODES, "charter-absent"])
def test_lacking_entry_is_found_without_a_search(code):
    verdicts, found = empty()
    kind = CODES.get(code, "charter.adopted")
    for index in range(MANY):
        verdicts.unread.add(Position("eu", index), leaf(index, kind, index, CountedLeaf))
        here = leaf(MANY + index, "note.posted", index, CountedLeaf)
        refused(verdicts, Position("cn", index), here, code, index)
    CountedLeaf.reads.clear()
    verdicts.decide()
    assert len(found.findings) == MANY


@pytest.mark.parametrize("seed", range(20))
def test_refusal_names_the_first_entry_that_it_lacks(seed):
    """Compared with a full search, EU's log before CN's, in order."""
    rng = Random(seed)  # noqa: S311 - a test's choice
    verdicts, found = empty()
    places = [Position(party, index) for party, index in product(PARTIES, range(12))]
    rng.shuffle(places)
    unread = {
        place: leaf(rng.randrange(4), rng.choice(KINDS), rng.randrange(3)) for place in places
    }
    for place, each in unread.items():
        verdicts.unread.add(place, each)
    wanted = {
        "reference": lambda each, sought: each.id == sought.id,
        "thread-unknown": lambda each, sought: (
            (each.kind, each.thread) == ("thread.opened", sought.thread)
        ),
        "charter-absent": lambda each, _: each.kind == "charter.adopted",
        "role": lambda *_: False,
    }
    expected = []
    for index in range(40):
        code, sought = rng.choice([*wanted]), leaf(rng.randrange(5), "note.withdrawn", index % 4)
        place = Position("cn", 100 + index)
        refused(verdicts, place, sought, code, int(sought.id, 16))
        lacks = [each for each in places if wanted[code](unread[each], sought)]
        if lacks:
            first = min(lacks, key=lambda each: (PARTIES.index(each.party), each.index))
            expected.append((place.index, str(first)))
            # What can't be judged is missing to others, too.
            unread[place] = sought
            places.append(place)
    verdicts.decide()
    assert [(each.place.index, dict(each.facts)["lacks"]) for each in found.findings] == expected
