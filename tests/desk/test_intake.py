"""A weekly list beside what is known: counts of the record, names used before, ranks to explain."""

from __future__ import annotations

import pytest

from special_channel.core.bytes.ids import Party
from special_channel.core.entries.batches import OPTED
from special_channel.core.rows.application_facts import NumberLink
from special_channel.desk.intake import ListHistory, ListNotice, compare
from special_channel.desk.lists import weekly_list
from special_channel.desk.sheet import Sheet
from special_channel.stores.lists import EarlierListings, Predecessor, UrgencyCounts
from tests.desk.test_lists import HEADER, csv, line

KNOWN = EarlierListings(2, "2026-11-06", "L2026-46", "EU-120")
"""The tests' line says the same: listed three times, since 6 November."""


def sheet(*lines: str, header: str = HEADER) -> Sheet:
    return weekly_list(csv(*lines, header=header), OPTED)


def test_known_number_counts_one_more_than_the_record():
    later = line(2).replace(",3,", ",9,").replace("2026-11-06", "2026-11-13")
    found = compare(
        sheet(line(1), later, line(3)), ListHistory(earlier={"FIKTIV-1": KNOWN, "FIKTIV-2": KNOWN})
    )
    assert [(row["times_listed"], row["first_listed"]) for row in found.sheet.rows] == [
        (3, "2026-11-06"), (3, "2026-11-06"), (3, "2026-11-06"),
    ]  # fmt: skip
    assert found.notes == (
        ListNotice(3, "times_listed", "list-times-listed", "FIKTIV-2", "9", "3"),
        ListNotice(3, "first_listed", "list-first-listed", "FIKTIV-2", "2026-11-13", "2026-11-06"),
    )
    assert found.reopened() == ((2, "FIKTIV-1", KNOWN), (3, "FIKTIV-2", KNOWN))


def test_number_that_is_new_keeps_the_counts_of_the_file():
    found = compare(sheet(line(1).replace(",3,", ",1,")), ListHistory())
    assert found.sheet.rows[0]["times_listed"] == 1
    assert (found.notes, found.reopened()) == ((), ())


def test_name_of_a_signed_list_is_a_fault_with_the_lists_place():
    same = UrgencyCounts("L2026-47", {"urgent": 4}, "EU-99")
    found = compare(sheet(line(1).replace("urgent", "x")), ListHistory(same=same))
    assert [(each.row, each.column, each.code, each.number) for each in found.sheet.faults] == [
        (1, "list_id", "list-known", "EU-99"), (2, "urgency", "list-word", ""),
    ]  # fmt: skip


def test_list_that_waits_for_release_is_noticed_first():
    found = compare(
        sheet(line(1).replace(",3,", ",9,")),
        ListHistory(waiting=True, earlier={"FIKTIV-1": KNOWN}),
    )
    assert [(each.row, each.code) for each in found.notes] == [
        (1, "list-waiting"), (2, "list-times-listed"),
    ]  # fmt: skip
    assert (found.notes[0].column, found.notes[0].file) == ("list_id", "L2026-47")


def test_rank_without_a_reason_is_noticed_if_there_is_a_column():
    header = f"{HEADER},rank_reason"
    found = compare(sheet(f"{line(1)},Stock", f"{line(2)},", header=header), ListHistory())
    assert found.notes == (ListNotice(3, "rank_reason", "list-rank-unexplained", "FIKTIV-2"),)
    assert (found.notes[0].file, found.notes[0].record) == ("", "")
    assert compare(sheet(line(1)), ListHistory()).notes == ()


def test_rows_of_each_urgency_are_counted_in_the_order_of_display():
    rows = [line(1), line(2).replace("urgent", "normal"), line(3)]
    counted = compare(sheet(*rows), ListHistory()).urgency()
    assert list(counted.items()) == [("line_stop", 0), ("urgent", 2), ("normal", 1)]


@pytest.mark.parametrize(("earlier", "times"), [(KNOWN, 2), (None, 0)])
def test_replaced_number_has_its_own_count(earlier, times):
    side: Party = "eu"
    link = NumberLink(side, 7, "", "A-1", "A-0", "renumbered")
    predecessor = Predecessor(link, earlier)
    assert (predecessor.times, predecessor.position) == (times, "EU-7")
