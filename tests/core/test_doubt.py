"""Doubt about keys and disputed entries (K20, K21, K23)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from special_channel.core.bytes.ids import Position
from special_channel.core.rows.directory import KeyRow, PartyRow, ReviewRow, Roots, Stop
from special_channel.core.rules.doubt import (
    NO_DOUBT,
    Doubts,
    EntryDoubt,
    KeyDoubt,
    KnownDoubts,
    SignedEntry,
    Word,
    doubt_of,
    doubtful_from,
    enrolled_in_doubt,
    further_signers,
    is_disputed,
    keys_in_doubt,
    party_keys,
    persons_in_doubt,
    signature_in_doubt,
)

ONE, TWO, THREE = (f"eu:{n:032x}" for n in (1, 2, 3))
KEY = KeyRow(ONE, "eu", "ed25519", "", 10, person="a" * 32)


def stop(since: int | None, restored: int | None = None) -> Stop:
    return Stop("a" * 64, 50, TWO, since=since, restored=restored)


def review(by: str = TWO, index: int = 60, word: str = "confirmed") -> ReviewRow:
    return ReviewRow("b" * 64, word, by, "eu", index)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("stops", "since", "doubtful"),
    [
        ((), None, None),
        ((stop(None),), None, None),
        ((stop(40),), None, 40),
        ((stop(40, restored=55),), None, None),
        ((stop(40, restored=55), stop(45)), None, 45),
        ((stop(45), stop(40)), None, 40),
        ((), 30, 30),
        ((stop(40),), 30, 30),
        ((stop(20),), 30, 20),
        ((stop(3),), None, 10),
    ],
)
def test_the_smallest_index_of_stops_and_end_counts(stops, since, doubtful):
    row = replace(KEY, stops=stops, since=since)
    assert doubtful_from(row) == doubtful
    assert bool(Doubts.of([row], []).spans) == (doubtful is not None)


@pytest.mark.parametrize(("index", "disputed"), [(39, False), (40, True), (49, True)])
def test_entries_from_the_index_on_are_disputed(index, disputed):
    doubts = Doubts.of([replace(KEY, stops=(stop(40),))], [])
    assert is_disputed([ONE], index, doubts) == disputed
    assert is_disputed([TWO, ONE], index, doubts) == disputed
    assert not is_disputed([TWO], index, doubts)


def test_the_own_enrolment_is_never_disputed_by_its_key():
    doubts = Doubts.of([replace(KEY, since=3)], [])
    assert doubts.since([ONE], 10) is None
    assert doubts.since([ONE], 11) == KeyDoubt(10, ONE)


def test_of_several_signers_the_longest_doubt_is_named():
    rows = [replace(KEY, since=40), replace(KEY, key=TWO, since=30)]
    assert Doubts.of(rows, []).since([ONE, TWO], 45) == KeyDoubt(30, TWO)


def test_a_root_set_in_doubt_covers_its_acts_until_the_next():
    roots = [Roots("a" * 64, at, at, (key,), 1, (), 1, since) for at, key, since in SETS]
    party = PartyRow("eu", "o", "p", "", tuple(roots), 2, (), (), ())
    doubts = Doubts.of([], [party])
    found = [doubts.since([ONE], index) for index in (19, 20, 29, 30)]
    assert found == [None, KeyDoubt(20, ONE), KeyDoubt(20, ONE), None]
    calm = replace(party, roots=tuple(roots[:1]))
    assert Doubts.of([], [calm]).spans == {}


SETS = [(0, ONE, None), (30, TWO, 20)]


def test_doubt_about_a_root_part_is_stated_by_a_later_set():
    sets = [*SETS, (50, THREE, 10)]
    roots = [Roots("a" * 64, at, at, (key,), 1, (), 1, since) for at, key, since in sets]
    doubts = Doubts.of([], [PartyRow("eu", "o", "p", "", tuple(roots), 2, (), (), ())])
    rows = [KeyRow(key, "eu", "ed25519", "", at, "root") for at, key, _ in sets]
    # The second set begins after what the third one doubts, so its enrolment counts (K20).
    assert [doubts.first(row) for row in rows] == [10, 30, None]
    person = replace(KEY, since=40)
    assert Doubts.of([person], []).first(person) == 40
    assert Doubts.of([], []).first(KEY) is None


def test_a_review_decides_the_word():
    doubts = Doubts.of([replace(KEY, stops=(stop(40),))], [])
    word: Word
    for last, word in (
        (None, "disputed"),
        (review(), "confirmed"),
        (review(word="disowned"), "disowned"),
        (review(by=ONE), "disputed"),
        (review(by=ONE, index=39), "confirmed"),
    ):
        assert doubt_of([ONE], 45, doubts, last) == EntryDoubt(ONE, 40, word)


def test_what_was_disowned_stays_so_without_doubt():
    none = Doubts.of([KEY], [])
    assert doubt_of([ONE], 45, none, review(word="disowned")) == EntryDoubt("", -1, "disowned")
    assert doubt_of([ONE], 45, none, review()) is None


def test_doubt_is_stated_to_programs_with_key_number_and_word():
    doubt = EntryDoubt(ONE, 40, "disputed")
    assert doubt.stated("cn") == {"key": ONE, "since": "CN-40", "word": "disputed"}
    lifted = EntryDoubt("", -1, "disowned")
    assert lifted.stated("eu") == {"key": "", "since": "", "word": "disowned"}


@pytest.mark.parametrize(
    ("key", "signers", "whose"),
    [
        (ONE, (ONE,), "author"),
        (ONE, (ONE, TWO), "author"),
        (TWO, (ONE, TWO), "further"),
        ("", (ONE,), "author"),
        ("", (ONE, TWO), "one"),
    ],
)
def test_doubt_is_about_one_signature(key, signers, whose):
    assert signature_in_doubt(EntryDoubt(key, 40, "disowned"), signers) == whose


def test_a_key_is_enrolled_in_doubt_by_who_confirmed_it():
    doubts = Doubts.of([replace(KEY, since=40)], [])
    fresh = KeyRow(THREE, "eu", "ed25519", "", 41, confirmed=(ONE, TWO))
    assert enrolled_in_doubt(fresh, doubts)
    assert not enrolled_in_doubt(replace(fresh, enrolled=39), doubts)
    assert not enrolled_in_doubt(replace(fresh, confirmed=(TWO,)), doubts)


def test_persons_in_doubt_are_those_of_doubtful_keys_alone():
    rows = {ONE: replace(KEY, since=40), TWO: replace(KEY, key=TWO, person="b" * 32)}
    doubts = Doubts.of(rows.values(), [])
    assert persons_in_doubt([ONE, TWO, THREE], 45, doubts, rows) == {"a" * 32}
    assert persons_in_doubt([ONE, TWO, THREE], 39, doubts, rows) == {"a" * 32, "b" * 32}


def test_keys_in_doubt_are_all_signers_once_it_is_lifted():
    doubts = Doubts.of([replace(KEY, since=40)], [])
    assert keys_in_doubt([ONE, TWO], 45, doubts) == [ONE]
    assert keys_in_doubt([ONE, TWO], 39, doubts) == [ONE, TWO]


def test_doubtful_keys_of_a_party_by_first_doubt():
    rows = [replace(KEY, since=40), KEY, replace(KEY, key=TWO, since=30)]
    assert [row.key for row in party_keys(rows, "eu")] == [TWO, ONE]
    assert party_keys(rows, "cn") == []


def envelope(*keys: str) -> bytes:
    signed = ",".join(f'{{"keyid":"{key}","sig":""}}' for key in keys)
    return f'{{"payload":"","signatures":[{signed}]}}'.encode()


@pytest.mark.parametrize(
    ("data", "others"),
    [
        (b"", ()),
        (envelope(ONE), ()),
        (envelope(THREE, ONE, TWO), (TWO, THREE)),
        (envelope(ONE, "eu:\\u0000", "x"), ()),
        (envelope(ONE, TWO)[:-1], ()),
        (b'["keyid","keyid"]', ()),
        (b'{"signatures":[{"keyid":1},{"keyid":"' + TWO.encode() + b'"}]}', (TWO,)),
        (b'{"keyid":1,"signature":[{"keyid":2}]}', ()),
        (b'{"keyid":1,"signatures":3,"a":{"keyid":2}}', ()),
    ],
)
def test_further_signers_are_those_next_to_the_author(data, others):
    assert further_signers(data, ONE) == others


# All entries in doubt ------------------------------------------------------------------


def signed(index: int, *keys: str) -> SignedEntry:
    return SignedEntry(f"{index:064x}", Position("eu", index), keys)


def known() -> KnownDoubts:
    """Entries 41 to 44 of a key doubtful from 40 on: disputed, confirmed, disowned, of another."""
    keys = [replace(KEY, stops=(stop(40),))]
    entries = [signed(at, ONE) for at in (43, 42, 41)] + [signed(44, TWO)]
    reviews = {f"{42:064x}": review(), f"{43:064x}": review(word="disowned")}
    return KnownDoubts.found(Doubts.of(keys, []), keys, entries, reviews)


def test_entries_in_doubt_are_found_by_position():
    found = known()
    assert [at.index for at in found.entries] == [41, 42, 43]
    words = [found.of(Position("eu", at)) for at in (41, 42, 43, 44)]
    assert [each and each.word for each in words] == ["disputed", None, "disowned", None]
    assert found.disputed([Position("eu", at) for at in (41, 41, 42, 43, 44)]) == 2
    assert NO_DOUBT.disputed([Position("eu", 41)]) == 0


def test_entries_to_review_are_the_disputed_ones_of_a_person():
    found = known()
    assert [each.signed.position.index for each in found.to_review("eu")] == [41]
    assert [each.signed.position.index for each in found.to_review("eu", "a" * 32)] == [41]
    assert found.to_review("eu", "b" * 32) == found.to_review("cn") == []


@pytest.mark.parametrize(
    ("party", "person"), [("eu", ""), ("eu", "a" * 32), ("eu", "b" * 32), ("cn", "")]
)
def test_entries_to_review_are_counted_as_they_are_listed(party, person):
    found = known()
    assert found.count_to_review(party, person) == len(found.to_review(party, person))
    assert NO_DOUBT.count_to_review(party, person) == 0


def test_a_private_entry_is_in_doubt_by_the_shared_log_of_its_past():
    found = known()
    assert found.privately(envelope(ONE), ONE, 39) is None
    assert found.privately(envelope(TWO, ONE), TWO, 40) == EntryDoubt(ONE, 40, "disputed")
    assert NO_DOUBT.privately(envelope(ONE), ONE, 40) is None
